namespace EdgeProxy.Transport;

/// <summary>The process's event loops: one for each processor, as nginx and Envoy have their workers. They start with the first use.</summary>
internal static class EventLoops
{
    private static readonly Lazy<EventLoop[]> All = new(static () => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static number => new EventLoop(number))]);
    private static uint _next;

    /// <summary>The next in turn.</summary>
    public static EventLoop Next() => All.Value[Interlocked.Increment(ref _next) % (uint)All.Value.Length];

    /// <summary>The loop that runs the caller, so that what belongs together stays on one thread; the next in turn if it is none.</summary>
    public static EventLoop CurrentOrNext() => EventLoop.Current ?? Next();
}
