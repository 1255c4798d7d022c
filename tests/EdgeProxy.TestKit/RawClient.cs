using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.TestKit;

/// <summary>
/// An HTTP/1.1 client on a bare socket: it sees every byte, every read's borders and every chunk, reads only when it is asked to
/// (what it does not read presses back), and can leave without a word.
/// </summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly List<byte[]> _segments = [];
    private readonly List<byte> _unread = [];
    private RawHead? _head;

    private RawClient()
    {
    }

    /// <summary>What each read of the socket brought, from the first.</summary>
    public IReadOnlyList<byte[]> Segments => _segments;

    /// <summary>Connects; a small receive buffer makes back-pressure come early.</summary>
    public static async Task<RawClient> ConnectAsync(Uri address, int? receiveBufferBytes = null)
    {
        var client = new RawClient();
        if (receiveBufferBytes is { } bytes)
        {
            client._socket.ReceiveBufferSize = bytes;
        }

        await client._socket.ConnectAsync(address.Host, address.Port, Patience.Token());
        return client;
    }

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, Patience.Token())..];
        }
    }

    /// <summary>Sends text as UTF-8.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a whole request with a body of known length.</summary>
    public async Task SendAsync(string method, string target, string headers, ReadOnlyMemory<byte> body)
    {
        var length = body.Length > 0 || method == "POST" ? $"Content-Length: {body.Length}\r\n" : "";
        await SendAsync($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n");
        await SendAsync(body);
    }

    /// <summary>A JSON POST that asks for a stream.</summary>
    public Task AskAsync(string target, string headers = "", string body = """{"model":"m","stream":true}""") =>
        SendAsync("POST", target, "Content-Type: application/json\r\n" + headers, Encoding.UTF8.GetBytes(body));

    /// <summary>Reads the next response's head.</summary>
    public async Task<RawHead> ReadHeadAsync()
    {
        int end;
        while ((end = IndexOf("\r\n\r\n"u8)) < 0)
        {
            await ReceiveAsync();
        }

        var text = Encoding.Latin1.GetString(Take(end + 4));
        return _head = RawHead.Parse(text);
    }

    /// <summary>The next chunk's payload; empty at the terminating chunk.</summary>
    public async Task<byte[]> ReadChunkAsync()
    {
        int lineEnd;
        while ((lineEnd = IndexOf("\r\n"u8)) < 0)
        {
            await ReceiveAsync();
        }

        var size = int.Parse(Encoding.ASCII.GetString(Take(lineEnd)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        Take(2);
        while (_unread.Count < size + 2)
        {
            await ReceiveAsync();
        }

        var payload = Take(size);
        Take(2);
        return payload;
    }

    /// <summary>The next chunk's payload as text.</summary>
    public async Task<string> ReadChunkTextAsync() => Encoding.UTF8.GetString(await ReadChunkAsync());

    /// <summary>Chunks until their payload ends with the text; what came, all together.</summary>
    public async Task<string> ReadUntilAsync(string ending)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith(ending, StringComparison.Ordinal))
        {
            var chunk = await ReadChunkTextAsync();
            text.Append(chunk);
            if (chunk.Length == 0)
            {
                throw new RawConnectionException($"The body ended before '{ending}': {text}");
            }
        }

        return text.ToString();
    }

    /// <summary>The rest of the body, as the head framed it: chunked, by length, or until the connection closes.</summary>
    /// <exception cref="RawConnectionException">The connection closed in the middle of it.</exception>
    public async Task<byte[]> ReadBodyAsync()
    {
        var head = _head ?? await ReadHeadAsync();
        if (head.Headers.ContainsKey("Transfer-Encoding"))
        {
            using var body = new MemoryStream();
            while (await ReadChunkAsync() is { Length: > 0 } chunk)
            {
                body.Write(chunk);
            }

            return body.ToArray();
        }

        if (head.Headers.TryGetValue("Content-Length", out var length))
        {
            var count = int.Parse(length, CultureInfo.InvariantCulture);
            while (_unread.Count < count)
            {
                await ReceiveAsync();
            }

            return Take(count);
        }

        if (head.Status is 204 or 304)
        {
            return [];
        }

        while (await TryReceiveAsync())
        {
        }

        return Take(_unread.Count);
    }

    /// <summary>The rest of the body as text.</summary>
    public async Task<string> ReadTextAsync() => Encoding.UTF8.GetString(await ReadBodyAsync());

    /// <summary>Waits for the server to close the connection; false if it sends something else first.</summary>
    public async Task<bool> IsClosedByServerAsync() => _unread.Count == 0 && !await TryReceiveAsync();

    /// <summary>Leaves with a TCP reset, as a killed process or a NAT does.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReceiveAsync()
    {
        if (!await TryReceiveAsync())
        {
            throw new RawConnectionException($"The connection closed. Unread: '{Encoding.UTF8.GetString([.. _unread])}'");
        }
    }

    private async Task<bool> TryReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        int count;
        try
        {
            count = await _socket.ReceiveAsync(buffer, SocketFlags.None, Patience.Token());
        }
        catch (SocketException e)
        {
            throw new RawConnectionException($"The connection broke: {e.SocketErrorCode}");
        }

        if (count == 0)
        {
            return false;
        }

        _segments.Add(buffer[..count]);
        _unread.AddRange(buffer.AsSpan(0, count));
        return true;
    }

    private int IndexOf(ReadOnlySpan<byte> bytes) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_unread).IndexOf(bytes);

    private byte[] Take(int count)
    {
        var bytes = _unread.GetRange(0, count).ToArray();
        _unread.RemoveRange(0, count);
        return bytes;
    }
}
