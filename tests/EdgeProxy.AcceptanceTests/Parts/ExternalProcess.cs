using System.Diagnostics;
using System.Globalization;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>A real program that runs beside the test and ends with it.</summary>
internal sealed class ExternalProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task _readErrors;

    private ExternalProcess(Process process)
    {
        _process = process;
        _readErrors = ReadErrorsAsync();
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it prints, for who reads it line by line; else <see cref="OutputAsync"/>.</summary>
    public TextReader Output => _process.StandardOutput;

    /// <summary>What it has said on its error stream so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a program; with <paramref name="keepInput"/> it can be written to.</summary>
    public static ExternalProcess Start(string program, IEnumerable<string> arguments, string? workingDirectory = null, bool keepInput = false)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = workingDirectory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        if (!keepInput)
        {
            process.StandardInput.Close();
        }

        return new ExternalProcess(process);
    }

    /// <summary>The next line that it prints.</summary>
    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync(Patience.Token());

    /// <summary>Writes a line to its input.</summary>
    public Task WriteLineAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Writes all of its input.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        _process.StandardInput.Close();
    }

    /// <summary>Waits for its end and returns what it printed.</summary>
    /// <exception cref="TimeoutException">It did not end within <paramref name="limit"/>; it is killed.</exception>
    public async Task<string> OutputAsync(TimeSpan limit)
    {
        try
        {
            var output = await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(limit, TimeProvider.System);
            await _readErrors;
            return output;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end within {limit.TotalSeconds} s. {Errors}");
        }
    }

    /// <summary>Sends a signal: <c>TERM</c>, <c>INT</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="TimeoutException">It did not end within <paramref name="limit"/>.</exception>
    public async Task<int> ExitCodeAsync(TimeSpan limit)
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(limit, TimeProvider.System);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
            }
        }
    }
}
