using System.Globalization;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>What the load generator is told to do. Zero means: its own default.</summary>
/// <param name="Kind">Which traffic: <c>paced</c>, <c>idle</c>, <c>flat</c>, <c>firstbyte</c>, <c>short</c> or <c>large</c>.</param>
/// <param name="Streams">Streams, or connections, at once.</param>
/// <param name="Rate">Events a second on each stream.</param>
/// <param name="Bytes">Bytes of one event.</param>
/// <param name="EventsPerWrite">Events that the backend writes at once.</param>
/// <param name="Hold">Seconds that idle streams wait.</param>
internal sealed record LoadPlan(string Kind, int Streams, double Rate = 0, int Bytes = 0, int EventsPerWrite = 0, double Hold = 0)
{
    /// <summary>The same with a part of the streams, for a quick look at whether all works.</summary>
    public LoadPlan Scaled(double scale) => this with { Streams = Math.Max(1, (int)(Streams * scale)) };

    /// <summary>The command line of the role <c>load</c>.</summary>
    public IReadOnlyList<string> Arguments(Uri target, double warmup, double seconds, IEnumerable<string> headers)
    {
        List<string> arguments = ["load", "--target", target.GetLeftPart(UriPartial.Authority), "--scenario", Kind];
        Add("--streams", Streams);
        Add("--rate", Rate);
        Add("--bytes", Bytes);
        Add("--events-per-write", EventsPerWrite);
        Add("--warmup", warmup);
        Add("--seconds", seconds);
        Add("--hold", Hold);
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
