using System.Net.Sockets;
using System.Text;
using EdgeProxy.TestKit;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.FunctionalTests.Transport;

/// <summary>Clients that end or break their connection, and servers that do.</summary>
public sealed class ClientEndsTests
{
    public static TheoryData<string, bool> Phases
    {
        get
        {
            var phases = new TheoryData<string, bool>();
            foreach (var phase in new[] { "nothing", "half a head", "half a body", "waiting", "reading", "not reading", "idle" })
            {
                phases.Add(phase, false);
                phases.Add(phase, true);
            }

            return phases;
        }
    }

    [Theory]
    [MemberData(nameof(Phases))]
    public async Task Client_ThatLeavesInAnyPhase_IsNoticedAndLeavesNothing(string phase, bool byReset)
    {
        var began = new Gate();
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await EpollHost.StartAsync(async context =>
        {
            began.Open();
            _ = began.WaitAsync();
            try
            {
                await ServeAsync(context, phase);
            }
            finally
            {
                over.TrySetResult();
            }
        });
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Patience.Token());
        var isInside = phase is not ("nothing" or "half a head");
        if (phase != "nothing")
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(phase switch
            {
                "half a head" => "GET / HTTP/1.1\r\nHos",
                "half a body" => "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello",
                _ => "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            }));
        }

        if (isInside)
        {
            await began.Reached;
        }

        if (phase is "reading" or "idle")
        {
            Assert.True(await client.ReceiveAsync(new byte[1000], SocketFlags.None, Patience.Token()) > 0);
        }

        if (byReset)
        {
            client.Close(timeout: 0);
        }
        else
        {
            client.Dispose();
        }

        if (isInside)
        {
            await over.Task.WaitAsync(Patience.Limit, TimeProvider.System);
        }

        // No connection is left that a stop would wait for.
        await host.StopAsync();
        Assert.Empty(host.Logs.Errors);
    }

    [Fact]
    public async Task Abort_ByTheServer_IsAReset()
    {
        await using var host = await EpollHost.StartAsync(static async context =>
        {
            await context.Response.WriteAsync("begin");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Patience.Token());
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray());
        var failure = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await client.ReceiveAsync(new byte[1000], SocketFlags.None, Patience.Token()) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Client_ThatEndsItsSideBeforeItsAnswer_IsTakenAsGone()
    {
        // So does Kestrel over its own transport: an end that is read is the connection's end.
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await EpollHost.StartAsync(async context =>
        {
            await using var registration = context.RequestAborted.Register(() => aborted.TrySetResult());
            await aborted.Task;
        });
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Patience.Token());
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        await aborted.Task.WaitAsync(Patience.Limit, TimeProvider.System);
        await host.StopAsync();
    }

    [Fact]
    public async Task Head_ByteByByte_IsRead()
    {
        await using var host = await EpollHost.StartAsync(static context => context.Response.WriteAsync(context.Request.Path));
        await using var client = await RawClient.ConnectAsync(host.Address);
        foreach (var letter in "GET /abc HTTP/1.1\r\nHost: h\r\nX-Own: y\r\n\r\n")
        {
            await client.SendAsync(letter.ToString());
        }

        Assert.Equal("/abc", await client.ReadTextAsync());
    }

    [Fact]
    public async Task Pipelined_ThousandRequestsInOneWrite_AreAnsweredInOrder()
    {
        await using var host = await EpollHost.StartAsync(static context => context.Response.WriteAsync(context.Request.Path));
        await using var client = await RawClient.ConnectAsync(host.Address);
        await client.SendAsync(string.Concat(Enumerable.Range(0, 1000).Select(static i => $"GET /{i} HTTP/1.1\r\nHost: h\r\n\r\n")));
        for (var i = 0; i < 1000; i++)
        {
            await client.ReadHeadAsync();
            Assert.Equal($"/{i}", await client.ReadTextAsync());
        }
    }

    private static async Task ServeAsync(HttpContext context, string phase)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.RequestAborted.Register(() => left.TrySetResult());
        switch (phase)
        {
            case "half a body":
                await Assert.ThrowsAnyAsync<IOException>(() => context.Request.Body.CopyToAsync(Stream.Null));
                break;
            case "waiting":
                await left.Task;
                break;
            case "idle":
                await context.Response.WriteAsync("hello");
                break;
            default:
                var block = new byte[50_000];
                while (!left.Task.IsCompleted)
                {
                    await context.Response.Body.WriteAsync(block);
                    await Task.Yield();
                }

                break;
        }
    }
}
