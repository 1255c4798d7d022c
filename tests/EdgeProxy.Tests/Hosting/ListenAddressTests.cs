using EdgeProxy.Hosting;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Tests.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("")]
    [InlineData("urls=http://127.0.0.1:5001;http://127.0.0.1:5002", 5001, 5002)]
    [InlineData("urls=http://*:5001;https://[::]:5002;http://0.0.0.0", 5001, 5002, 80)]
    [InlineData("urls=nonsense;http://localhost:5001", 5001)]
    [InlineData("http_ports=8081; 8082;many|https_ports=8443", 8081, 8082, 8443)]
    [InlineData("urls=http://127.0.0.1:5001|Kestrel:Endpoints:A:Url=https://10.0.0.1:8443|Kestrel:Endpoints:B:Protocols=Http2", 8443, 5001)]
    public void Ports_AreThoseOfEveryKey(string settings, params int[] ports)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split('|', StringSplitOptions.RemoveEmptyEntries)
                .Select(setting => setting.Split('=', 2))
                .Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();

        Assert.Equal(ports, ListenAddress.Ports(configuration));
    }
}
