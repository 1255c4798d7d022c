using Microsoft.AspNetCore.Connections;

namespace EdgeProxy.Transport;

/// <summary>Whether this host's connections are carried by event loops.</summary>
/// <param name="IsEpoll">By event loops over epoll; otherwise by the framework's sockets.</param>
internal sealed record TransportChoice(bool IsEpoll);

/// <summary>Puts the transport into a host.</summary>
internal static class EpollTransport
{
    /// <summary>Lets Kestrel listen over event loops where the system has epoll, unless the framework's sockets are asked for.</summary>
    public static IServiceCollection AddTransport(this IServiceCollection services, bool socketsOnly)
    {
        var choice = new TransportChoice(Epoll.IsSupported && !socketsOnly);
        services.AddSingleton(choice);
        return choice.IsEpoll ? services.AddSingleton<IConnectionListenerFactory, EpollListenerFactory>() : services;
    }
}
