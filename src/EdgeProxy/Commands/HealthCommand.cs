using System.CommandLine;
using EdgeProxy.Admin;
using EdgeProxy.Hosting;

namespace EdgeProxy.Commands;

/// <summary>
/// <c>edgeproxy health</c>: whether the proxy with this configuration is ready, by its admin listener on this machine. For a container's
/// health check, in an image that has neither shell nor curl; not listed in the help.
/// </summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Create(HostArguments arguments)
    {
        var command = new Command("health", "Exits with 0 when the proxy of this configuration is ready, else with 1.") { Hidden = true };
        arguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CheckAsync(arguments.Read(parsed), TimeProvider.System, cancellationToken));
        return command;
    }

    /// <summary>Asks the admin listener.</summary>
    /// <returns>0 when the proxy takes requests, else 1.</returns>
    public static async Task<int> CheckAsync(EdgeProxyHostSettings settings, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var admin = AdminAddress.Read(EdgeProxyHost.ReadConfiguration(settings)).Local;
        using var limit = new CancellationTokenSource(Patience, timeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,

            // The certificate is for the names that others use; this asks its own machine, and sends nothing worth a secret.
            SslOptions = new() { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
        });
        try
        {
            using var answer = await http.GetAsync(new Uri(admin, HealthEndpoints.ReadyPath), ending.Token);
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return 1;
        }
    }
}
