using System.CommandLine;
using System.Net.Sockets;
using EdgeProxy.Configuration;
using EdgeProxy.Hosting;

namespace EdgeProxy.Commands;

/// <summary><c>edgeproxy run</c>, and <c>edgeproxy</c> alone: runs the proxy until it is told to stop.</summary>
internal static class RunCommand
{
    public static Command Create(HostArguments arguments)
    {
        var command = new Command("run", "Runs the proxy: what edgeproxy does without a command.");
        arguments.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(arguments.Read(parsed), parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    /// <summary>Runs the proxy.</summary>
    /// <returns>
    /// 0 when it was stopped; 1 when it could not start, with the reasons on <paramref name="error"/>, or when it ended under streams that were not told.
    /// </returns>
    public static async Task<int> RunAsync(EdgeProxyHostSettings settings, TextWriter error, CancellationToken cancellation)
    {
        WebApplication app;
        try
        {
            app = EdgeProxyHost.Create(settings);
        }
        catch (InvalidConfigurationException invalid)
        {
            foreach (var problem in invalid.Report.Errors)
            {
                await error.WriteLineAsync(problem.ToString());
            }

            return 1;
        }

        var hasStopped = true;
        try
        {
            var stopping = app.Lifetime.ApplicationStopping;
            using var cancelled = cancellation.Register(app.Lifetime.StopApplication);
            try
            {
                await app.StartAsync(cancellation);
            }
            catch (Exception failure) when (failure is IOException or SocketException or InvalidOperationException)
            {
                // An address that is taken or forbidden, most of all.
                await error.WriteLineAsync($"edgeproxy could not start: {failure.Message}");
                return 1;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Told to stop before it had started.
                return 0;
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, settings.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            hasStopped = await DrainService.DrainAsync(app);
            return hasStopped ? 0 : StopNet.ExitCode(app.Services);
        }
        finally
        {
            await (hasStopped ? app.DisposeAsync() : StopNet.FlushAsync(app.Services));
        }
    }
}
