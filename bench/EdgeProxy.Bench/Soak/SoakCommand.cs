using System.CommandLine;

namespace EdgeProxy.Bench.Soak;

/// <summary><c>soak</c>: hours of misbehaviour in minutes, and then whether anything stayed behind.</summary>
internal static class SoakCommand
{
    /// <summary>Makes the command. Its exit code is 0 if everything returned to where it began and no answer was wrong.</summary>
    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long the load is on.", DefaultValueFactory = static _ => 20 };
        var warmUp = new Option<int>("--warm-up") { Description = "Seconds of the same load before the start is measured.", DefaultValueFactory = static _ => 60 };
        var streams = new Option<int>("--streams") { Description = "How many streams at a time.", DefaultValueFactory = static _ => 2000 };
        var seed = new Option<int>("--seed") { Description = "The seed of the mix.", DefaultValueFactory = static _ => 1 };
        var command = new Command("soak", "Streams that are slow, cut, stalled, huge or abandoned, for a long time: does the proxy return to where it began?")
        {
            minutes, warmUp, streams, seed,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = new SoakSettings(
                TimeSpan.FromMinutes(parsed.GetValue(minutes)), TimeSpan.FromSeconds(parsed.GetValue(warmUp)), parsed.GetValue(streams), parsed.GetValue(seed));
            var configuration = parsed.InvocationConfiguration;
            var result = await new SoakRun(settings, configuration.Error).RunAsync(cancellation);
            await configuration.Output.WriteAsync(SoakReport.Write(result));
            return result.Faults.Any() ? 1 : 0;
        });
        return command;
    }
}
