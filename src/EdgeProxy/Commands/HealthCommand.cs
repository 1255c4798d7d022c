using System.CommandLine;
using System.Net.Sockets;
using EdgeProxy.Hosting;

namespace EdgeProxy.Commands;

/// <summary>
/// <c>edgeproxy health</c>: whether a proxy with this configuration takes connections on this machine. For a container's health check,
/// in an image that has neither shell nor curl; not listed in the help.
/// </summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Create(HostArguments arguments)
    {
        var command = new Command("health", "Exits with 0 when the proxy of this configuration takes connections, else with 1.") { Hidden = true };
        arguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CheckAsync(arguments.Read(parsed), TimeProvider.System, cancellationToken));
        return command;
    }

    /// <summary>Connects to the first address that the proxy listens on.</summary>
    /// <returns>0 when it takes the connection, else 1.</returns>
    public static async Task<int> CheckAsync(EdgeProxyHostSettings settings, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var address = ListenAddress.First(EdgeProxyHost.ReadConfiguration(settings));
        using var limit = new CancellationTokenSource(Patience, timeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(address.Host, address.Port, ending.Token);
            return 0;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return 1;
        }
    }
}
