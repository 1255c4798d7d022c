using EdgeProxy.Protocol;

namespace EdgeProxy.Streaming;

/// <summary>The streams that are open now.</summary>
internal sealed class StreamRegistry
{
    private readonly Lock _streamsLock = new();
    private readonly List<ClientStream> _streams = [];
    private StreamFailure? _closedWith;

    /// <summary>How many streams are open now.</summary>
    public int Count
    {
        get
        {
            lock (_streamsLock)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>Adds a stream; its deadlines are watched from then on.</summary>
    public void Add(ClientStream stream)
    {
        lock (_streamsLock)
        {
            stream.RegistryIndex = _streams.Count;
            _streams.Add(stream);
            if (_closedWith is not null)
            {
                stream.Expire(_closedWith);
            }
        }
    }

    /// <summary>Ends all open streams, and those still to come, with <paramref name="failure"/>.</summary>
    public void Close(StreamFailure failure)
    {
        lock (_streamsLock)
        {
            _closedWith = failure;
            foreach (var stream in _streams)
            {
                stream.Expire(failure);
            }
        }
    }

    /// <summary>Removes a stream.</summary>
    public void Remove(ClientStream stream)
    {
        lock (_streamsLock)
        {
            var last = _streams[^1];
            _streams[stream.RegistryIndex] = last;
            last.RegistryIndex = stream.RegistryIndex;
            _streams.RemoveAt(_streams.Count - 1);
        }
    }

    /// <summary>Adds the open streams to the counts of their routes.</summary>
    public void CountByRoute(Dictionary<string, StreamCounts> counts)
    {
        lock (_streamsLock)
        {
            foreach (var stream in _streams)
            {
                if (stream.WantsEvents)
                {
                    counts[stream.Route] = counts.GetValueOrDefault(stream.Route).With(stream);
                }
            }
        }
    }

    /// <summary>Copies the open streams into <paramref name="target"/>, which is emptied first.</summary>
    public void CopyTo(List<ClientStream> target)
    {
        target.Clear();
        lock (_streamsLock)
        {
            target.AddRange(_streams);
        }
    }
}
