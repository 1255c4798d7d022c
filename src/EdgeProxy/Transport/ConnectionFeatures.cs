using System.Collections;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Transport;

/// <summary>
/// A connection's features: those that the connection is itself, and those that Kestrel adds. A short list searched in order, because the
/// framework's collection is a dictionary of about a kilobyte, for each of many thousand idle connections.
/// </summary>
internal sealed class ConnectionFeatures(object connection) : IFeatureCollection
{
    private (Type Type, object? Feature)[] _added = [];
    private int _count;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public int Revision { get; private set; }

    /// <inheritdoc/>
    public object? this[Type key]
    {
        get
        {
            var index = IndexOf(key);
            return index >= 0 ? _added[index].Feature : key.IsInstanceOfType(connection) ? connection : null;
        }

        set
        {
            Revision++;
            var index = IndexOf(key);
            if (index < 0)
            {
                if (_count == _added.Length)
                {
                    // Kestrel adds five to a plain connection.
                    Array.Resize(ref _added, _count + 5);
                }

                index = _count++;
            }

            _added[index] = (key, value);
        }
    }

    /// <inheritdoc/>
    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    /// <inheritdoc/>
    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        for (var i = 0; i < _count; i++)
        {
            if (_added[i] is (var type, { } feature))
            {
                yield return new(type, feature);
            }
        }

        foreach (var own in connection.GetType().GetInterfaces())
        {
            if (IndexOf(own) < 0)
            {
                yield return new(own, connection);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(Type key)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_added[i].Type == key)
            {
                return i;
            }
        }

        return -1;
    }
}
