using System.Buffers;
using System.Reflection;
using System.Text.Json;
using EdgeProxy.Configuration;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Admin.Live;

/// <summary>What the live page shows, as JSON: what changes every second, and what changes with the configuration.</summary>
internal sealed class LiveSnapshot(
    StreamRegistry registry,
    RecentStreams history,
    ConfigurationState configuration,
    RouteOverview routes,
    IHostApplicationLifetime proxy,
    TimeProvider time)
{
    /// <summary>How many streams are listed one by one, the oldest ones; the others are counted.</summary>
    public const int MaxStreams = 100;

    private static readonly string Version =
        typeof(LiveSnapshot).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private readonly long _start = time.GetTimestamp();

    /// <summary>Which configuration <see cref="WriteConfiguration"/> would write.</summary>
    public long Generation => configuration.Generation;

    /// <summary>Writes what changes every second.</summary>
    public void WriteState(IBufferWriter<byte> buffer)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("version", Version);
        json.WriteString("readiness", ProxyReadiness.Of(proxy));
        LiveStreams.WriteSeconds(json, "uptime", time.GetElapsedTime(_start));
        json.WriteNumber("generation", configuration.Generation);
        json.WriteNumber("reload_failures", configuration.ReloadFailures);
        WriteRefusal(json);
        WriteStreams(json);
        LiveHistory.Write(json, history, time.GetUtcNow());
        json.WriteEndObject();
    }

    /// <summary>Writes the routes and their policies.</summary>
    public void WriteConfiguration(IBufferWriter<byte> buffer)
    {
        var (entries, policies) = routes.Read();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteStartArray("routes");
        foreach (var route in entries)
        {
            json.WriteStartObject();
            json.WriteString("id", route.Id);
            json.WriteString("match", route.Match);
            json.WriteString("cluster", route.Cluster);
            json.WriteString("policy", route.Policy);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("policies");
        foreach (var policy in policies)
        {
            json.WriteStartObject();
            json.WriteString("name", policy.Name);
            json.WriteStartArray("settings");
            foreach (var setting in policy.Settings)
            {
                json.WriteStartObject();
                json.WriteString("key", setting.Key);
                json.WriteString("value", setting.Value);
                json.WriteString("default", setting.Default);
                json.WriteBoolean("set", setting.IsSet);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteRefusal(Utf8JsonWriter json)
    {
        if (configuration.LastRefusal is not { } refusal)
        {
            json.WriteNull("last_refusal");
            return;
        }

        json.WriteStartObject("last_refusal");
        json.WriteString("at", refusal.At);
        json.WriteStartArray("problems");
        foreach (var problem in refusal.Problems)
        {
            json.WriteStringValue(problem.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteStreams(Utf8JsonWriter json)
    {
        var streams = LiveStreams.Oldest(registry);
        var counts = new int[Enum.GetValues<StreamState>().Length];
        foreach (var stream in streams)
        {
            counts[(int)stream.State]++;
        }

        json.WriteStartObject("counts");
        json.WriteNumber("all", streams.Count);
        foreach (var state in Enum.GetValues<StreamState>())
        {
            json.WriteNumber(LiveStreams.Name(state), counts[(int)state]);
        }

        json.WriteEndObject();
        json.WriteStartArray("streams");
        foreach (var stream in streams.Take(MaxStreams))
        {
            LiveStreams.Write(json, stream);
        }

        json.WriteEndArray();
    }
}
