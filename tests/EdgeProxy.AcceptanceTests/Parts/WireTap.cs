using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>
/// A plain TCP relay in front of a server that keeps what the server sent. It shows what an SDK has had to digest,
/// without a hand laid on the SDK.
/// </summary>
internal sealed class WireTap : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryStream _downstream = new();
    private readonly Uri _target;
    private readonly Task _accept;

    /// <param name="target">The server behind the tap.</param>
    public WireTap(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accept = AcceptAsync();
    }

    /// <summary>The tap's own address.</summary>
    public Uri Address { get; }

    /// <summary>Everything the server sent so far, heads and chunk frames included.</summary>
    public string Downstream
    {
        get
        {
            lock (_downstream)
            {
                return Encoding.UTF8.GetString(_downstream.ToArray());
            }
        }
    }

    /// <summary>The body of the last answer so far, chunk frames undone.</summary>
    public string Body
    {
        get
        {
            ReadOnlySpan<byte> bytes;
            lock (_downstream)
            {
                bytes = _downstream.ToArray();
            }

            var head = bytes.LastIndexOf("HTTP/1.1 "u8);
            bytes = bytes[(head + bytes[head..].IndexOf("\r\n\r\n"u8) + 4)..];
            var body = new MemoryStream();
            while (bytes.IndexOf("\r\n"u8) is > 0 and var line)
            {
                var length = int.Parse(bytes[..line], System.Globalization.NumberStyles.HexNumber, null);
                var chunk = bytes[(line + 2)..];
                body.Write(chunk[..Math.Min(length, chunk.Length)]);
                bytes = chunk[Math.Min(length + 2, chunk.Length)..];
            }

            return Encoding.UTF8.GetString(body.ToArray());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accept;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(_target.Host, _target.Port, _stop.Token);
                var (clientStream, serverStream) = (client.GetStream(), server.GetStream());
                var up = CopyAsync(clientStream, serverStream, record: false);
                await CopyAsync(serverStream, clientStream, record: true);
                await up;
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // Either end may leave at any time; closing both passes that on.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool record)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            if (record)
            {
                lock (_downstream)
                {
                    _downstream.Write(buffer, 0, read);
                }
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }

        to.Socket.Shutdown(SocketShutdown.Send);
    }
}
