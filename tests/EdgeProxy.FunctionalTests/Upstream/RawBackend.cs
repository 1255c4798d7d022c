using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>A backend whose every byte and every connection's end the test decides.</summary>
internal sealed class RawBackend : IAsyncDisposable
{
    private readonly Socket _listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Channel<RawPeer> _accepted = Channel.CreateUnbounded<RawPeer>();
    private readonly List<RawPeer> _peers = [];
    private readonly Task _accepting;

    /// <param name="script">What each connection does; none leaves them to the test.</param>
    public RawBackend(Func<RawPeer, Task>? script = null)
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen(512);
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listening.LocalEndPoint!).Port}/");
        _accepting = AcceptAsync(script);
    }

    /// <summary>Its address.</summary>
    public Uri Address { get; }

    /// <summary>How many connections came so far.</summary>
    public int Connections
    {
        get
        {
            lock (_peers)
            {
                return _peers.Count;
            }
        }
    }

    /// <summary>The next connection.</summary>
    public async Task<RawPeer> AcceptAsync() => await _accepted.Reader.ReadAsync(Patience.Token());

    public async ValueTask DisposeAsync()
    {
        _listening.Dispose();
        await _accepting;
        _peers.ForEach(static peer => peer.Close());
    }

    private async Task AcceptAsync(Func<RawPeer, Task>? script)
    {
        try
        {
            while (true)
            {
                var peer = new RawPeer(await _listening.AcceptAsync());
                lock (_peers)
                {
                    _peers.Add(peer);
                }

                _accepted.Writer.TryWrite(peer);
                if (script is not null)
                {
                    _ = RunAsync(script, peer);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task RunAsync(Func<RawPeer, Task> script, RawPeer peer)
    {
        try
        {
            await script(peer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or RawConnectionException)
        {
            // The other side left; the test sees there what that means.
        }
    }
}

/// <summary>One connection of a <see cref="RawBackend"/>.</summary>
internal sealed class RawPeer(Socket socket)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly List<byte> _unread = [];

    /// <summary>The next request's head, its empty line included.</summary>
    /// <exception cref="RawConnectionException">The connection ended first.</exception>
    public async Task<string> ReadHeadAsync()
    {
        int end;
        while ((end = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_unread).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await ReceiveAsync();
        }

        return Take(end + 4);
    }

    /// <summary>So many bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (_unread.Count < count)
        {
            await ReceiveAsync();
        }

        return Take(count);
    }

    /// <summary>What was received beyond what was asked for; receives nothing.</summary>
    public string TakeReceived() => Take(_unread.Count);

    /// <summary>A whole request as it came, its body by length or chunks.</summary>
    public async Task<string> ReadRequestAsync()
    {
        var head = await ReadHeadAsync();
        var length = RawHead.Parse("HTTP/1.1 200 OK\r\n" + head[(head.IndexOf('\n', StringComparison.Ordinal) + 1)..])["Content-Length"];
        if (length is not null)
        {
            return head + await ReadAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
        }

        if (!head.Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            return head;
        }

        while (!Encoding.Latin1.GetString([.. _unread]).EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            await ReceiveAsync();
        }

        return head + Take(_unread.Count);
    }

    /// <summary>Sends Latin-1 text.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, Patience.Token())..];
        }
    }

    /// <summary>Ends this side.</summary>
    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes by a reset.</summary>
    public void Reset() => socket.Close(timeout: 0);

    /// <summary>Closes.</summary>
    public void Close() => socket.Dispose();

    /// <summary>Completes when the other side has closed, in whatever way; what it sent before is passed over.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            while (await socket.ReceiveAsync(_buffer, SocketFlags.None, Patience.Token()) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
    }

    private async Task ReceiveAsync()
    {
        var count = await socket.ReceiveAsync(_buffer, SocketFlags.None, Patience.Token());
        if (count == 0)
        {
            throw new RawConnectionException($"The connection closed. Unread: '{Encoding.Latin1.GetString([.. _unread])}'");
        }

        _unread.AddRange(_buffer.AsSpan(0, count));
    }

    private string Take(int count)
    {
        var bytes = _unread.GetRange(0, count).ToArray();
        _unread.RemoveRange(0, count);
        return Encoding.Latin1.GetString(bytes);
    }
}
