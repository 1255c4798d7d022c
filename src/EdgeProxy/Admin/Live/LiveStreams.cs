using System.Text.Json;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;

namespace EdgeProxy.Admin.Live;

/// <summary>The streams that run now, as JSON. Names are fixed: docs/admin.md tells what they mean. Nothing of a request's or an answer's text is among them.</summary>
internal static class LiveStreams
{
    /// <summary>All streams, the oldest first.</summary>
    public static List<ClientStream> Oldest(StreamRegistry registry)
    {
        var streams = new List<ClientStream>();
        registry.CopyTo(streams);
        streams.Sort(static (one, other) => one.BeganAt.CompareTo(other.BeganAt));
        return streams;
    }

    /// <summary>Writes one stream as an object.</summary>
    public static void Write(Utf8JsonWriter json, ClientStream stream)
    {
        var place = stream.Upstream.Current;
        json.WriteStartObject();
        json.WriteString("request_id", stream.RequestId);
        json.WriteString("route", stream.Route);
        json.WriteString("policy", stream.Policy);
        json.WriteString("cluster", place.Cluster ?? stream.Cluster);
        json.WriteString("destination", place.Destination);
        json.WriteString("dialect", stream.Dialect.ToString());
        json.WriteString("state", Name(stream.State));
        json.WriteBoolean("committed", stream.IsCommitted);
        WriteSeconds(json, "age", stream.Age);
        WriteSeconds(json, "last_event_age", stream.LastEventAge);
        json.WriteNumber("events", stream.Tally.Events);
        json.WriteNumber("bytes", stream.Tally.Bytes);
        json.WriteNumber("keep_alives", stream.Tally.KeepAlives);
        json.WriteNumber("attempts", stream.Upstream.Attempts);
        json.WriteEndObject();
    }

    /// <summary>A state's name.</summary>
    public static string Name(StreamState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    /// <summary>Writes seconds with three decimals, or null.</summary>
    public static void WriteSeconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        json.WritePropertyName(name);
        if (time is { } span)
        {
            json.WriteNumberValue(ErrorObject.Seconds(span));
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
