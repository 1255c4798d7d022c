using System.Net.Sockets;
using EdgeProxy.Transport;

namespace EdgeProxy.Tests.Transport;

public sealed class SocketTableTests
{
    [Fact]
    public void PlaceUsedAgain_HasAnotherToken()
    {
        using var sockets = new Sockets(2);
        var table = new SocketTable();
        var (first, second) = (sockets[0], sockets[1]);
        table.Add(first);
        var old = first.Token;
        Assert.Same(first, table.Find(old));
        table.Remove(first);
        Assert.Null(table.Find(old));

        table.Add(second);
        Assert.Equal((uint)old, (uint)second.Token);
        Assert.NotEqual(old, second.Token);
        Assert.Null(table.Find(old));
        Assert.Same(second, table.Find(second.Token));

        // Late, and for somebody else's place by now.
        table.Remove(first);
        Assert.Same(second, table.Find(second.Token));
    }

    [Fact]
    public void ManySockets_AreAllFoundAndTheirPlacesReused()
    {
        using var sockets = new Sockets(300);
        var table = new SocketTable();
        for (var round = 0; round < 3; round++)
        {
            sockets.All.ForEach(table.Add);
            Assert.All(sockets.All, socket => Assert.Same(socket, table.Find(socket.Token)));
            Assert.Equal(300, sockets.All.Select(static socket => socket.Token).Distinct().Count());
            Assert.All(sockets.All, static socket => Assert.InRange((uint)socket.Token, 0u, 299u));
            sockets.All.ForEach(table.Remove);
            Assert.All(sockets.All, socket => Assert.Null(table.Find(socket.Token)));
        }
    }

    private sealed class Sockets : IDisposable
    {
        private static readonly EventLoop Loop = EventLoops.Next();

        // Closed sockets: their own loop has forgotten them, and the table under test may give them tokens.
        public Sockets(int count)
        {
            All = [.. Enumerable.Range(0, count).Select(static _ => new EpollSocket(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), Loop))];
            All.ForEach(static socket => socket.Close(abort: false));
        }

        public List<EpollSocket> All { get; }

        public EpollSocket this[int index] => All[index];

        public void Dispose() => All.Clear();
    }
}
