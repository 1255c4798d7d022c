using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeProxy.Bench.Proxies;

/// <summary>A program that runs on given CPUs only, with its children, and ends with the bench.</summary>
internal sealed class PinnedProcess : IAsyncDisposable
{
    private const int KeptLines = 40;
    private const int SigTerm = 15;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly Queue<string> _said = new();
    private readonly Action<string>? _onErrorLine;

    private PinnedProcess(Process process, bool readOutput, Action<string>? onErrorLine)
    {
        _process = process;
        _onErrorLine = onErrorLine;
        process.ErrorDataReceived += (_, line) =>
        {
            Keep(line.Data);
            if (line.Data is { } data)
            {
                _onErrorLine?.Invoke(data);
            }
        };
        process.BeginErrorReadLine();
        if (readOutput)
        {
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
        }
    }

    /// <summary>The process id; the program itself, for taskset replaces itself with it.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it prints, where it was started to be read.</summary>
    public StreamReader Output => _process.StandardOutput;

    /// <summary>The last lines that it said, for the note of a row that failed.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join(' ', _said.TakeLast(3));
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="cpus">The CPUs that it and its children may run on.</param>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments, each as one.</param>
    /// <param name="folder">Its working directory.</param>
    /// <param name="readOutput">False where the caller reads <see cref="Output"/>.</param>
    /// <param name="environment">Variables to set beside those of the bench.</param>
    /// <param name="onErrorLine">Hears each line of the error stream as it comes, on a thread of the pool.</param>
    public static PinnedProcess Start(
        IReadOnlyList<int> cpus,
        string program,
        IEnumerable<string> arguments,
        string folder,
        bool readOutput = true,
        IReadOnlyDictionary<string, string>? environment = null,
        Action<string>? onErrorLine = null)
    {
        var start = new ProcessStartInfo("taskset", ["-c", CpuList(cpus), program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new Win32Exception($"{program} did not start");
        return new PinnedProcess(process, readOutput, onErrorLine);
    }

    /// <summary>CPU numbers as taskset reads them.</summary>
    public static string CpuList(IEnumerable<int> cpus) => string.Join(',', cpus.Select(cpu => cpu.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Sends an empty line to its standard input; one that has ended does not hear it.</summary>
    public async Task SendLineAsync()
    {
        try
        {
            await _process.StandardInput.WriteLineAsync();
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, SigTerm);
            using var grace = new CancellationTokenSource(Grace, TimeProvider.System);
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_said)
        {
            _said.Enqueue(line.Trim());
            if (_said.Count > KeptLines)
            {
                _said.Dequeue();
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
