using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using EdgeProxy.Commands.Probe;

namespace EdgeProxy.Commands;

/// <summary><c>edgeproxy probe</c>: opens one stream through whatever stands in between, and tells when what came and whether it ended cleanly.</summary>
internal static class ProbeCommand
{
    /// <summary>The exit code for a command line that cannot be understood.</summary>
    public const int UsageError = 2;

    private const string Name = "probe";
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var arguments = new ProbeArguments();
        var json = new Option<bool>("--json") { Description = "Print one JSON document in place of the timeline." };
        var command = new Command(Name, "Opens a stream through whatever stands in between, prints when headers, first byte, first event, each gap and the end came, and judges it. Exits with 0 when it ended cleanly, 1 when not, 2 on a wrong command line.");
        arguments.AddTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = parsed.InvocationConfiguration;
            ProbeRequest request;
            try
            {
                request = await arguments.ReadAsync(parsed, cancellationToken);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
            {
                await configuration.Error.WriteLineAsync(failure.Message);
                return UsageError;
            }

            return await RunAsync(request, parsed.GetValue(json), configuration.Output, ProgressOn(configuration.Error), TimeProvider.System, cancellationToken);
        });
        return command;
    }

    /// <summary>The exit code of a command line, whichever command it names: the parser itself knows none but 1 for a wrong one.</summary>
    public static int ExitCode(ParseResult parsed, int code) => parsed.Errors.Count > 0 && parsed.CommandResult.Command.Name == Name ? UsageError : code;

    /// <summary>Probes and prints.</summary>
    /// <param name="request">What to ask for.</param>
    /// <param name="asJson">One document at the end, in place of lines as they come.</param>
    /// <param name="output">Where the report goes.</param>
    /// <param name="progress">A terminal on which to show that the probe lives; null where there is none.</param>
    /// <param name="timeProvider">All times are its.</param>
    /// <param name="cancellationToken">Ends the probe with a report of what came until then.</param>
    /// <returns>0 when the stream ended cleanly, else 1.</returns>
    public static async Task<int> RunAsync(
        ProbeRequest request, bool asJson, TextWriter output, TextWriter? progress, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var onInterrupt = Heed(PosixSignal.SIGINT, interrupted);
        using var onTerminate = Heed(PosixSignal.SIGTERM, interrupted);
        var console = new ProbeConsole(asJson ? TextWriter.Null : output, progress, useColours: ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);
        var text = new ServerText(request.Secrets);
        var timeline = new ProbeTimeline(request.EffectiveDialect, text, console.Print);
        var prober = new Prober(request, timeline, text, timeProvider);
        console.Introduce(request);
        ProbeReport report;
        await using (timeProvider.CreateTimer(_ => console.ShowProgress(timeline.Progress(prober.Elapsed)), null, ProgressInterval, ProgressInterval))
        {
            report = await prober.RunAsync(interrupted.Token);
        }

        var verdict = Verdict.Of(report);
        var advice = Advice.For(report, verdict);
        console.Conclude(report, verdict, advice);
        if (asJson)
        {
            await output.WriteLineAsync(ProbeJson.Write(request, report, verdict, advice));
        }

        return verdict.IsClean ? 0 : 1;
    }

    private static TextWriter? ProgressOn(TextWriter error) => ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected ? error : null;

    /// <summary>A signal ends the probe with a report; a second one ends the process.</summary>
    private static PosixSignalRegistration Heed(PosixSignal signal, CancellationTokenSource interrupted) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !interrupted.IsCancellationRequested;
        interrupted.Cancel();
    });
}
