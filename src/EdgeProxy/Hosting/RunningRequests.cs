namespace EdgeProxy.Hosting;

/// <summary>How many requests run, streams and plain ones.</summary>
internal sealed class RunningRequests
{
    private int _count;

    /// <summary>How many run now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Puts the counting into the pipeline: first of all, so that nothing of a request is missed.</summary>
    public static void Use(WebApplication app)
    {
        var requests = app.Services.GetRequiredService<RunningRequests>();
        app.Use(next => context => requests.RunAsync(next, context));
    }

    /// <summary>Runs a request and counts it meanwhile.</summary>
    public async Task RunAsync(RequestDelegate next, HttpContext context)
    {
        Interlocked.Increment(ref _count);
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
