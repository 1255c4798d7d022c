using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.TestKit;

/// <summary>A line that was logged.</summary>
internal sealed record LogLine(LogLevel Level, string Category, EventId Event, string Message, Exception? Exception)
{
    public override string ToString() => $"{Level} {Category}: {Message}{(Exception is null ? "" : "\n" + Exception)}";
}

/// <summary>Keeps every line that the proxy logs.</summary>
internal sealed class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    /// <summary>All lines so far.</summary>
    public IReadOnlyCollection<LogLine> Lines => _lines;

    /// <summary>The lines that somebody would be woken for.</summary>
    public IEnumerable<LogLine> Errors => _lines.Where(static line => line.Level >= LogLevel.Error);

    /// <summary>The lines that an operator should look at: warnings and errors.</summary>
    public IEnumerable<LogLine> Complaints => _lines.Where(static line => line.Level >= LogLevel.Warning);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            capture._lines.Enqueue(new LogLine(logLevel, category, eventId, formatter(state, exception), exception));
    }
}
