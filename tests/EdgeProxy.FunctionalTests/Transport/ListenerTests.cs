using System.Net;
using System.Net.Sockets;
using EdgeProxy.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeProxy.FunctionalTests.Transport;

/// <summary>Where the transport listens, and how it begins and ends connections there.</summary>
public sealed class ListenerTests
{
    [Fact]
    public async Task Addresses_OfEveryKind_Answer()
    {
        var path = Path.Combine(Path.GetTempPath(), $"edgeproxy-{Guid.NewGuid():N}.sock");
        await using (var host = await EpollHost.StartAsync(static context => context.Response.WriteAsync($"{context.Connection.RemoteIpAddress}"), kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenUnixSocket(path);
            if (Socket.OSSupportsIPv6)
            {
                kestrel.Listen(IPAddress.IPv6Loopback, 0);
                kestrel.ListenAnyIP(0);
            }
        }))
        {
            using var client = new HttpClient();
            Assert.Equal("127.0.0.1", await client.GetStringAsync(host.Addresses[0], Patience.Token()));
            Assert.Equal($"http://unix:{path}", host.Addresses[1]);
            using var overUnix = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal("", await overUnix.GetStringAsync("http://any/", Patience.Token()));
            }

            if (Socket.OSSupportsIPv6)
            {
                Assert.Equal("::1", await client.GetStringAsync(host.Addresses[2], Patience.Token()));
                var port = new Uri(host.Addresses[3].Replace("[::]", "127.0.0.1", StringComparison.Ordinal)).Port;
                Assert.EndsWith("127.0.0.1", await client.GetStringAsync($"http://127.0.0.1:{port}/", Patience.Token()), StringComparison.Ordinal);
            }
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task AddressInUse_IsKestrelsOwnError()
    {
        await using var first = await EpollHost.StartAsync(static _ => Task.CompletedTask);
        var port = first.Address.Port;
        var failure = await Assert.ThrowsAsync<IOException>(() => EpollHost.StartAsync(static _ => Task.CompletedTask, kestrel => kestrel.Listen(IPAddress.Loopback, port)));
        Assert.Equal($"Failed to bind to address http://127.0.0.1:{port}: address already in use.", failure.Message);
    }

    [Fact]
    public async Task Stop_WhileConnectionsAreOpen_ClosesThemAndReturns()
    {
        var inside = 0;
        await using var host = await EpollHost.StartAsync(async context =>
        {
            Interlocked.Increment(ref inside);
            await context.Response.StartAsync();
            await context.Response.Body.FlushAsync();
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.RequestAborted.Register(left.SetResult);
            await left.Task;
        });
        var clients = new List<RawClient>();
        for (var i = 0; i < 200; i++)
        {
            var client = await RawClient.ConnectAsync(host.Address);
            clients.Add(client);
            if (i % 2 == 0)
            {
                await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            }
            else if (i % 4 == 1)
            {
                await client.SendAsync("GET / HTT");
            }
        }

        await Patience.UntilAsync(() => Volatile.Read(ref inside) == 100, "the requests");

        // An aborted stop: those inside would hold the other one for its whole time.
        await host.DisposeAsync();
        foreach (var client in clients)
        {
            await EndAsync(client);
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task ManyConnections_OpenedAndClosedAtOnce_LeaveNoDescriptor()
    {
        await using var host = await EpollHost.StartAsync(static context => context.Response.WriteAsync("x"));
        await RoundAsync(host, 0);
        await Patience.UntilAsync(() => Descriptors(host) == 0, "the first round's descriptors");
        await Task.WhenAll(Enumerable.Range(0, 40).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await RoundAsync(host, worker + i);
            }
        }, TestContext.Current.CancellationToken)));
        await Patience.UntilAsync(() => Descriptors(host) == 0, "the descriptors");
    }

    private static async Task RoundAsync(EpollHost host, int way)
    {
        await using var client = await RawClient.ConnectAsync(host.Address);
        switch (way % 5)
        {
            case 0:
                break;
            case 1:
                client.Reset();
                break;
            case 2:
                await client.SendAsync("GET / HTTP/1.1\r\nHo");
                break;
            case 3:
                await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
                client.Reset();
                break;
            default:
                await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
                Assert.Equal(200, (await client.ReadHeadAsync()).Status);
                break;
        }
    }

    // Sockets of the kernel's table that are the server's side of a connection and still belong to somebody.
    private static int Descriptors(EpollHost host)
    {
        var port = $":{host.Address.Port:X4}";
        return File.ReadLines("/proc/self/net/tcp").Skip(1).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[1].EndsWith(port, StringComparison.Ordinal) && fields[3] is not "0A" && fields[9] != "0");
    }

    private static async Task EndAsync(RawClient client)
    {
        try
        {
            while (!await client.IsClosedByServerAsync())
            {
                await client.ReadHeadAsync();
            }
        }
        catch (RawConnectionException)
        {
            // A reset, which an aborted stop is.
        }
    }
}
