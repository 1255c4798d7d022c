namespace EdgeProxy.Bench.Load;

/// <summary>What the load generator counts. Events and delays count while <see cref="IsOpen"/>, violations always.</summary>
internal sealed class Meter
{
    /// <summary>When the bytes that are being read were received.</summary>
    public long Now { get; set; }

    /// <summary>The measuring window is open.</summary>
    public bool IsOpen { get; set; }

    public long Events { get; private set; }

    /// <summary>Bytes of bodies.</summary>
    public long Bytes { get; private set; }

    /// <summary>Comments but the primer, in the window or not.</summary>
    public long KeepAlives { get; private set; }

    /// <summary>Comments with which EdgeProxy opens a stream, in the window or not.</summary>
    public long Primers { get; private set; }

    public long Answers { get; private set; }

    public Histogram Delay { get; } = new();

    public Histogram Headers { get; } = new();

    public Histogram FirstByte { get; } = new();

    public Histogram Answer { get; } = new();

    public Violations Violations { get; } = new();

    public void OnEvent(long sent)
    {
        if (IsOpen)
        {
            Events++;
            Delay.Record(EventFormat.Age(Now, sent));
        }
    }

    public void OnBytes(int count)
    {
        if (IsOpen)
        {
            Bytes += count;
        }
    }

    public void OnComment(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith(": edgeproxy"u8))
        {
            Primers++;
        }
        else
        {
            KeepAlives++;
        }
    }

    public void OnAnswer(long asked)
    {
        if (IsOpen)
        {
            Answers++;
            Answer.Record(Now - asked);
        }
    }
}
