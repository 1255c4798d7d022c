namespace EdgeProxy.Transport;

/// <summary>
/// Which socket an event is for. A token is a place in the table and the count of its uses, so that an event that was already fetched
/// for a closed socket cannot reach the next one in its place. Looking up takes no lock.
/// </summary>
internal sealed class SocketTable
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private EpollSocket?[] _places = new EpollSocket?[64];
    private int _used;
    private uint _uses;

    /// <summary>Adds a socket, and gives it its token.</summary>
    public void Add(EpollSocket socket)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var place))
            {
                place = _used++;
                if (place == _places.Length)
                {
                    var larger = _places;
                    Array.Resize(ref larger, place * 2);
                    Volatile.Write(ref _places, larger);
                }
            }

            // 31 bits: the token of all ones stays free for the loop's own wake-up.
            socket.Token = ((ulong)(_uses++ & int.MaxValue) << 32) | (uint)place;
            Volatile.Write(ref _places[place], socket);
        }
    }

    /// <summary>Frees a socket's place; a second time does nothing.</summary>
    public void Remove(EpollSocket socket)
    {
        lock (_lock)
        {
            var place = (int)(uint)socket.Token;
            if (_places[place] == socket)
            {
                Volatile.Write(ref _places[place], null);
                _free.Push(place);
            }
        }
    }

    /// <summary>The socket of a token, or null if it is gone.</summary>
    public EpollSocket? Find(ulong token) =>
        Volatile.Read(ref Volatile.Read(ref _places)[(uint)token]) is { } socket && socket.Token == token ? socket : null;
}
