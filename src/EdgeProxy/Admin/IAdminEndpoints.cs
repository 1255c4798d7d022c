namespace EdgeProxy.Admin;

/// <summary>
/// Something that the admin listener serves. Register an implementation as a service of the proxy and it is mapped: its constructor
/// gets the proxy's services, a request's own services are the listener's.
/// </summary>
internal interface IAdminEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    void Map(IEndpointRouteBuilder admin);
}
