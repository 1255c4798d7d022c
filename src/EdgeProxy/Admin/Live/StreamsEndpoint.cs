using System.Text.Json;
using EdgeProxy.Streaming;

namespace EdgeProxy.Admin.Live;

/// <summary><c>GET /streams</c>: the streams that run now, as a JSON array, the oldest first.</summary>
internal sealed class StreamsEndpoint(StreamRegistry registry) : IAdminEndpoints
{
    /// <summary>Its path.</summary>
    public const string Path = "/streams";

    /// <summary>How much JSON is put together before it is sent.</summary>
    private const int FlushBytes = 32 * 1024;

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder admin) => admin.MapMethods(Path, AdminAnswer.ReadMethods, ServeAsync);

    private async Task ServeAsync(HttpContext context)
    {
        AdminAnswer.Prepare(context.Response, "application/json");
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        foreach (var stream in LiveStreams.Oldest(registry))
        {
            LiveStreams.Write(json, stream);
            if (json.BytesPending > FlushBytes)
            {
                json.Flush();
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
    }
}
