using System.Text;

namespace EdgeProxy.FunctionalTests.Detection;

/// <summary>How a request's body is framed.</summary>
public enum Framing
{
    /// <summary><c>Content-Length</c>.</summary>
    Length,

    /// <summary>Chunked, or HTTP/2 without a length.</summary>
    Chunked,
}

/// <summary>The requests that detection is tested with.</summary>
internal static class DetectionRequest
{
    /// <summary>A request with its body framed as asked.</summary>
    public static HttpRequestMessage Make(HttpClient client, string method, string target, string? contentType, byte[] body, string? header, Framing framing)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), target) { Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (method == "POST")
        {
            request.Content = framing == Framing.Chunked ? new StreamContent(new UnknownLength(body)) : new ByteArrayContent(body);
            if (contentType is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }
        }

        if (header?.Split(": ") is [var name, var value])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Letters of which no stretch is like another, so that a lost or repeated piece shows.</summary>
    public static string Letters(int length) => string.Create(length, 1u, static (letters, seed) =>
    {
        foreach (ref var letter in letters)
        {
            seed = (seed * 1664525) + 1013904223;
            letter = (char)('A' + (seed >> 24) % 26);
        }
    });

    /// <summary>A form of such parts, separated by bars; its boundary holds a space, its file looks like a boundary and like the field.</summary>
    public static byte[] Form(string parts, int fileBytes)
    {
        var body = new StringBuilder("preamble\r\n");
        foreach (var part in parts.Split('|'))
        {
            body.Append("--x y\r\n");
            _ = part switch
            {
                "file" => body.Append("Content-Disposition: form-data; name=\"image[]\"; filename=\"stream.png\"\r\nContent-Type: image/png\r\n\r\n").Append("\r\n--x \r\n\"stream\"\r\n\r\ntrue").Append('P', fileBytes),
                "file-named-stream=true" => body.Append("Content-Disposition: form-data; name=\"image\"; filename=\"a\"; x=\"name=stream\"\r\n\r\ntrue"),
                "quoted-stream=true" => body.Append("content-disposition:form-data;name=stream\r\n\r\ntrue"),
                _ => body.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Disposition: form-data; name=\"{part.Split('=')[0]}\"\r\n\r\n{part.Split('=')[1]}"),
            };
            body.Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(body.Append("--x y--\r\n").ToString());
    }

    /// <summary>A body whose length is not told beforehand.</summary>
    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
