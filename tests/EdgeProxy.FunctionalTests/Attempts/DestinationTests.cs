using System.Text.Json.Nodes;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>Which of a cluster's destinations is asked: load balancing, affinity and health stay YARP's own.</summary>
public sealed class DestinationTests
{
    [Theory]
    [InlineData("503")]
    [InlineData("Reset")]
    [InlineData("ErrorEvent")]
    public async Task DestinationsNotYetTried_ComeFirst_AtOnce(string failure)
    {
        var answer = Answers.Named(failure);
        await using var stage = await FailoverStage.StartAsync("""{ "Primer": { "After": "00:01:00" } }""", [answer], [answer], [answer]);
        await using var client = await stage.AskAsync();

        await stage.AnswerAsync(client, by: 1);

        Assert.Equal([0, 1, 2], stage.Visits.Select(static visit => visit.Backend).Order());
    }

    [Fact]
    public async Task ConnectionRefused_TheOtherDestinationAnswers()
    {
        using var dead = new DeadPort();
        await using var stage = await FailoverStage.StartAsync(
            addresses => new ProxyConfig().Cluster("main", dead.Address, addresses[0]).Route("all", "main"), [Answers.Good]);
        for (var i = 0; i < 10; i++)
        {
            await using var client = await stage.AskAsync();
            Assert.Equal(Family.Chat.Answer, (await stage.AnswerAsync(client)).Body);
        }

        Assert.Equal(10, stage.Visits.Count);
    }

    [Fact]
    public async Task ConnectionRefusedEverywhere_IsUnreachable_WithTheNumberOfAttempts()
    {
        using var dead = new DeadPort();
        await using var stage = await FailoverStage.StartAsync(addresses => new ProxyConfig().Cluster("main", dead.Address).Route("all", "main"));
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client);

        var json = body[(body.IndexOf("data: ", StringComparison.Ordinal) + 6)..].Split('\n')[0];
        var error = ErrorFields.AssertBody(Family.Chat, json.StartsWith('{') ? json : body, "upstream_unreachable", 502, "upstream").Error;
        Assert.Equal(3, error.GetProperty("attempts").GetInt32());
    }

    [Fact]
    public async Task SessionAffinity_KeepsItsDestination_UntilThatFails()
    {
        var isSick = false;
        await using var stage = await FailoverStage.StartAsync(
            addresses =>
            {
                var config = new ProxyConfig().Cluster("main", [.. addresses]).Route("all", "main").Policy("Default", """{ "Primer": { "After": "00:01:00" } }""");
                config.Section("ReverseProxy", "Clusters", "main")["SessionAffinity"] = new JsonObject { ["Enabled"] = true, ["Policy"] = "HashCookie", ["AffinityKeyName"] = "who" };
                return config;
            },
            [Answers.Good],
            [exchange => Volatile.Read(ref isSick) ? Answers.Status(503)(exchange) : Answers.Good(exchange)],
            [Answers.Good]);
        var cookie = "";
        while (stage.Visits is not [.., { Backend: 1 }])
        {
            cookie = await AskAsync(stage, "");
        }

        var before = stage.Visits.Count;
        for (var i = 0; i < 5; i++)
        {
            await AskAsync(stage, cookie);
        }

        Assert.All(stage.Visits.Skip(before), static visit => Assert.Equal(1, visit.Backend));
        isSick = true;
        var moved = await AskAsync(stage, cookie);
        Assert.Equal(1, stage.Visits[^2].Backend);
        Assert.NotEqual(1, stage.Visits[^1].Backend);
        Assert.NotEqual("", moved);

        static async Task<string> AskAsync(FailoverStage stage, string cookie)
        {
            await using var client = await stage.AskAsync(headers: cookie.Length == 0 ? "" : $"Cookie: {cookie}\r\n");
            var (head, body) = await stage.AnswerAsync(client, by: stage.Clock.Elapsed.TotalSeconds + 10);
            Assert.Equal(Family.Chat.Answer, body);
            return head.Headers.TryGetValue("Set-Cookie", out var set) ? set.Split(';')[0] : "";
        }
    }
}
