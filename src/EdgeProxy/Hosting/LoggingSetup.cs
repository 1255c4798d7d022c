using EdgeProxy.Configuration;
using Microsoft.Extensions.Logging.Console;

namespace EdgeProxy.Hosting;

/// <summary>The log: to the console, one line an entry, by the section <c>Logging</c> as everywhere in .NET.</summary>
internal sealed class LoggingSetup : IConfigurationRule
{
    private const string Section = "Logging";

    /// <summary>Sets up logging. A section that cannot be used is left out: the validator reports it.</summary>
    public static void Apply(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // Whoever could log a request's start and end has an activity made for each, and a trace context of it passed on that nobody records.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // A start that failed is said in one line on standard error; here it would come with its stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);

        // Cookie affinity alone uses its keys; that they lie unencrypted in a container is no news at every start.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddFilter("Yarp", LogLevel.Warning);

        // YARP 2.1 logs every client that leaves as a warning with a stack trace.
        logging.AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error);
        var problems = new ProblemList();
        new LoggingSetup().Check(configuration, problems);
        if (problems.Errors.Count == 0)
        {
            logging.AddConfiguration(configuration.GetSection(Section));
        }

        // Before AddConsole, so that the section can say otherwise (Logging:Console:FormatterName: json). Without a name the
        // provider overwrites the formatter's options with its own old ones.
        logging.Services.Configure<ConsoleLoggerOptions>(options =>
        {
            options.FormatterName = ConsoleFormatterNames.Simple;

            // A console that takes nothing must not hold up the event loops, and with them every stream.
            options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        logging.Services.Configure<SimpleConsoleFormatterOptions>(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            options.UseUtcTimestamp = true;
        });
        logging.AddConsole();
    }

    /// <summary>Checks the levels, wherever <c>LogLevel</c> stands: the framework reports the first wrong one, as an exception.</summary>
    public void Check(IConfiguration configuration, ProblemList problems)
    {
        var logging = configuration.GetSection(Section);
        foreach (var levels in logging.GetChildren().Select(child => child.GetSection("LogLevel")).Prepend(logging.GetSection("LogLevel")))
        {
            foreach (var level in levels.GetChildren())
            {
                if (level.Value is { Length: > 0 } text && !Enum.TryParse<LogLevel>(text, ignoreCase: true, out _))
                {
                    problems.Error(level.Path, $"is '{text}'{Suggestion.For(text, Enum.GetNames<LogLevel>())}", string.Join(", ", Enum.GetNames<LogLevel>()));
                }
            }
        }
    }
}
