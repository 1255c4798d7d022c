using Microsoft.AspNetCore.Connections;

namespace EdgeProxy.Transport;

/// <summary>Puts the transport into a host.</summary>
internal static class EpollTransport
{
    /// <summary>Lets Kestrel listen over event loops where the system has epoll.</summary>
    public static IServiceCollection AddEpollTransport(this IServiceCollection services) =>
        Epoll.IsSupported ? services.AddSingleton<IConnectionListenerFactory, EpollListenerFactory>() : services;
}
