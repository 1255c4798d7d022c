using System.Globalization;
using System.Net;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>What the load generator is told to do. Zero means: its own default.</summary>
/// <param name="Kind">Which traffic: <c>paced</c>, <c>idle</c>, <c>flat</c>, <c>firstbyte</c>, <c>short</c> or <c>large</c>.</param>
/// <param name="Streams">Streams, or connections, at once.</param>
/// <param name="Rate">Events a second on each stream.</param>
/// <param name="Bytes">Bytes of one event.</param>
/// <param name="EventsPerWrite">Events that the backend writes at once.</param>
/// <param name="Hold">Seconds that idle streams wait before their memory is read; 0 for all other traffic.</param>
internal sealed record LoadPlan(string Kind, int Streams, double Rate = 0, int Bytes = 0, int EventsPerWrite = 0, double Hold = 0)
{
    private const double HoldMargin = 120;

    /// <summary>The same with a part of the streams, for a quick look at whether all works.</summary>
    public LoadPlan Scaled(double scale) => this with { Streams = Math.Max(1, (int)(Streams * scale)) };

    /// <summary>The command line of the role <c>load</c>.</summary>
    /// <param name="target">Where to connect.</param>
    /// <param name="backend">The backend itself.</param>
    /// <param name="warmup">Seconds before the window.</param>
    /// <param name="seconds">The window. Idle streams wait until they are told, and only at the very last until it ends.</param>
    /// <param name="headers">Further request headers.</param>
    public IReadOnlyList<string> Arguments(IPEndPoint target, IPEndPoint backend, double warmup, double seconds, IEnumerable<string> headers)
    {
        List<string> arguments = ["load", "--target", $"http://{target}", "--backend", backend.ToString(), "--scenario", Kind];
        Add("--streams", Streams);
        Add("--rate", Rate);
        Add("--bytes", Bytes);
        Add("--events-per-write", EventsPerWrite);
        Add("--warmup", warmup);
        Add("--seconds", Hold > 0 ? Hold + HoldMargin : seconds);
        arguments.AddRange(headers.SelectMany(header => new[] { "--header", header }));
        return arguments;

        void Add(string option, double value)
        {
            if (value > 0)
            {
                arguments.AddRange([option, value.ToString(CultureInfo.InvariantCulture)]);
            }
        }
    }
}
