using System.Text.Json;
using EdgeProxy.Admin.Live;
using EdgeProxy.Telemetry;
using EdgeProxy.TestKit;
using EdgeProxy.Tests.Telemetry;

namespace EdgeProxy.Tests.Admin.Live;

/// <summary>The last minutes as the page gets them.</summary>
public sealed class LiveHistoryTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecentStreams _history;

    public LiveHistoryTests() => _history = new RecentStreams(_clock);

    [Fact]
    public void NothingHappened_IsAllZeroes()
    {
        var written = Written();

        Assert.Empty(written.GetProperty("recent").EnumerateArray());
        Assert.Equal(300, written.GetProperty("rates").GetProperty("ok").GetArrayLength());
        var first = written.GetProperty("first_event");
        Assert.Equal((0, JsonValueKind.Null), (first.GetProperty("count").GetInt32(), first.GetProperty("p50").ValueKind));
        Assert.All(first.GetProperty("buckets").EnumerateArray(), static bucket => Assert.Equal(0, bucket.GetProperty("count").GetInt32()));
    }

    [Fact]
    public void FirstEvents_AreSummedUp_EachInOneBar()
    {
        foreach (var seconds in (double[])[0.25, 0.26, 1, 3, 3, 3, 3, 3, 3, 500])
        {
            _history.Finished(Reports.Ok with { FirstEventAt = TimeSpan.FromSeconds(seconds) });
        }

        var first = Written().GetProperty("first_event");

        Assert.Equal(
            (10, 3, 500, 500),
            (first.GetProperty("count").GetInt32(), first.GetProperty("p50").GetDouble(), first.GetProperty("p95").GetDouble(), first.GetProperty("max").GetDouble()));
        Assert.Equal([1, 1, 1, 0, 6, 0, 0, 0, 0, 1], first.GetProperty("buckets").EnumerateArray().Select(static bucket => bucket.GetProperty("count").GetInt32()));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("buckets")[9].GetProperty("up_to").ValueKind);
    }

    [Fact]
    public void Troubles_TheLatestFirst_NoMoreThanThePageShows()
    {
        for (var stream = 0; stream < LiveHistory.MaxStreams + 5; stream++)
        {
            _history.Finished(Reports.Ok with { RequestId = $"r{stream}", Attempts = 2 });
        }

        _clock.Advance(TimeSpan.FromSeconds(7));
        var recent = Written().GetProperty("recent");

        Assert.Equal(LiveHistory.MaxStreams, recent.GetArrayLength());
        Assert.Equal(("r54", 7, "ok"), (recent[0].GetProperty("request_id").GetString(), recent[0].GetProperty("ended_ago").GetDouble(), recent[0].GetProperty("outcome").GetString()));
    }

    private JsonElement Written()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            LiveHistory.Write(json, _history, _clock.GetUtcNow());
            json.WriteEndObject();
        }

        return JsonSerializer.Deserialize<JsonElement>(stream.ToArray());
    }
}
