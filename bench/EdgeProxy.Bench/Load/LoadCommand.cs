using System.CommandLine;
using System.Net;
using System.Text.Json;

namespace EdgeProxy.Bench.Load;

/// <summary><c>load</c>: the load generator as a process of its own. Prints one <see cref="LoadResult"/> as JSON when all is over.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var target = new Option<string>("--target") { Description = "The URL to load; '/chat/completions' is put to it where it does not end so.", Required = true };
        var backend = new Option<string?>("--backend") { Description = "Address and port of the backend itself, for its counts and to end streams. Unless given, the target's." };
        var scenario = new Option<StreamMode>("--scenario") { Description = "What to do.", Required = true };
        var streams = new Option<int>("--streams") { Description = "Connections, each with one stream at a time.", DefaultValueFactory = static _ => 1 };
        var rate = new Option<double>("--rate") { Description = "Events a second in each stream (paced).", DefaultValueFactory = static _ => 20 };
        var bytes = new Option<int?>("--bytes") { Description = "The size of an event, or of a short answer. Default: 200; 500 (short); 20 MB (large)." };
        var batch = new Option<int>("--events-per-write") { Description = "Events in one write of the backend (paced, flat).", DefaultValueFactory = static _ => 1 };
        var warmup = new Option<double>("--warmup") { Description = "Seconds between the start of the last stream and the measuring window.", DefaultValueFactory = static _ => 2 };
        var seconds = new Option<double>("--seconds", "--hold") { Description = "The length of the measuring window. An idle run closes it when a line comes on the standard input.", DefaultValueFactory = static _ => 5 };
        var ramp = new Option<int>("--ramp") { Description = "New connections a second.", DefaultValueFactory = static _ => 2000 };
        var header = new Option<string[]>("--header") { Description = "A further request header, 'Name: value'. May be repeated." };
        var cpu = new Option<int?>("--cpu") { Description = "The one CPU to run on." };
        var command = new Command("load", "The load generator of the benches.")
        {
            Hidden = true,
            Options = { target, backend, scenario, streams, rate, bytes, batch, warmup, seconds, ramp, header, cpu },
        };
        command.SetAction(parsed =>
        {
            var url = new Uri(parsed.GetValue(target)!);
            var mode = parsed.GetValue(scenario);
            var options = new LoadOptions
            {
                Target = url,
                Backend = parsed.GetValue(backend) is { } address ? IPEndPoint.Parse(address) : LoadOptions.AddressOf(url),
                Scenario = mode,
                Streams = parsed.GetValue(streams),
                Rate = parsed.GetValue(rate),
                Bytes = parsed.GetValue(bytes) ?? mode switch { StreamMode.Large => 20_000_000, StreamMode.Short => 500, _ => 200 },
                Batch = parsed.GetValue(batch),
                Warmup = parsed.GetValue(warmup),
                Seconds = parsed.GetValue(seconds),
                RampPerSecond = parsed.GetValue(ramp),
                Headers = parsed.GetValue(header) ?? [],
                Cpu = parsed.GetValue(cpu),
            };
            OwnProcess.RaiseDescriptorLimit();
            OwnProcess.Pin(options.Cpu);
            using var run = new LoadRun(options, Console.Error);
            Console.Out.WriteLine(JsonSerializer.Serialize(run.Run(), LoadJson.Default.LoadResult));
        });
        return command;
    }
}
