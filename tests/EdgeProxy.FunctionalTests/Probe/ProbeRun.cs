using System.Text;
using EdgeProxy.Commands;
using EdgeProxy.Commands.Probe;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Probe;

/// <summary>A probe that runs beside its test, with the clock in the test's hand.</summary>
internal sealed class ProbeRun : IDisposable
{
    private readonly Transcript _output = new();
    private readonly Transcript _progress = new();
    private readonly CancellationTokenSource _interrupt = new();
    private readonly Task<int> _exit;

    public ProbeRun(ProbeRequest request, bool asJson = false)
    {
        _exit = ProbeCommand.RunAsync(request, asJson, _output, _progress, Clock, _interrupt.Token);
    }

    public ManualTimeProvider Clock { get; } = new();

    public string Output => _output.Text;

    public string Progress => _progress.Text;

    /// <summary>A request for a chat.</summary>
    public static ProbeRequest Chat(Uri backend) => new() { Url = new Uri(backend, "/v1/chat/completions"), Data = """{"stream":true}"""u8.ToArray() };

    /// <summary>Waits until this was printed: what it tells of has happened, and the clock may go on.</summary>
    public Task SeesAsync(string text) => Patience.UntilAsync(() => Output.Contains(text, StringComparison.Ordinal), $"'{text}' in {Output}");

    /// <summary>Lets time pass, in which nothing comes.</summary>
    public void Pass(double seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    public void Interrupt() => _interrupt.Cancel();

    /// <summary>Waits for the probe's exit code.</summary>
    public Task<int> ExitAsync() => _exit.WaitAsync(Patience.Limit, TimeProvider.System);

    /// <summary>Runs a probe for which time stands still.</summary>
    public static async Task<(int Code, string Output)> RunAsync(ProbeRequest request, bool asJson = false)
    {
        using var run = new ProbeRun(request, asJson);
        var code = await run.ExitAsync();
        return (code, run.Output);
    }

    public void Dispose()
    {
        _interrupt.Cancel();
        _interrupt.Dispose();
        _output.Dispose();
        _progress.Dispose();
    }

    /// <summary>A writer that can be read meanwhile.</summary>
    private sealed class Transcript : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override void Write(string? value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }
    }
}
