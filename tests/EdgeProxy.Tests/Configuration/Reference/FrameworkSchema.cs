using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>The schema of sections that the framework reads: loose, so that nothing it knows is marked.</summary>
internal static class FrameworkSchema
{
    /// <summary>ASP.NET Core's own section, which the server itself judges.</summary>
    public static JsonObject Server()
    {
        return SchemaValues.Described(
            new()
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["Endpoints"] = SchemaValues.Described(
                        new() { ["type"] = "object", ["additionalProperties"] = Endpoint() },
                        "Where to listen, each under a name of its own; they stand over urls. Reloads."),
                    ["EndpointDefaults"] = Any("What endpoints have that do not say otherwise: Protocols, SslProtocols, ClientCertificateMode."),
                    ["Certificates"] = Any("Certificates; Default is for endpoints without one of their own. Reloads."),
                    ["Limits"] = Any("The server's limits, as KestrelServerLimits has them. Read at start."),
                },
            },
            "The server, as everywhere in ASP.NET Core: endpoints, certificates, limits.");

        static JsonObject Endpoint() => new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["Url"] = SchemaValues.Described(new() { ["type"] = "string" }, "The address, such as https://*:8443."),
                ["Protocols"] = SchemaValues.Described(new() { ["type"] = "string" }, "Http1, Http2, Http1AndHttp2 or Http1AndHttp2AndHttp3. HTTP/2 without TLS needs Http2."),
                ["Certificate"] = Any("A certificate by Path, KeyPath and Password, or by Subject and Store."),
            },
        };

        static JsonObject Any(string description) => SchemaValues.Described(new() { ["type"] = "object" }, description);
    }

    /// <summary>.NET's own section.</summary>
    public static JsonObject Logging()
    {
        return SchemaValues.Described(
            new()
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["LogLevel"] = Levels() },
                ["additionalProperties"] = new JsonObject { ["properties"] = new JsonObject { ["LogLevel"] = Levels() } },
            },
            "The log, as everywhere in .NET: levels by category, and providers by name. It reloads.");

        static JsonObject Levels() => SchemaValues.Described(
            new() { ["type"] = "object", ["additionalProperties"] = SchemaValues.Choice(Enum.GetNames<LogLevel>().Select(name => (name, (string?)null))) },
            "The lowest level that is logged, by category.");
    }
}
