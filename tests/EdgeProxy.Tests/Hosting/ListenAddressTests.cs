using EdgeProxy.Hosting;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Tests.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("", "localhost", 8080)]
    [InlineData("urls=http://127.0.0.1:5001;http://127.0.0.1:5002", "127.0.0.1", 5001)]
    [InlineData("urls=http://*:5001", "localhost", 5001)]
    [InlineData("urls=https://[::]:5001", "localhost", 5001)]
    [InlineData("urls=http://0.0.0.0", "localhost", 80)]
    [InlineData("http_ports=8081", "localhost", 8081)]
    [InlineData("https_ports=8443", "localhost", 8443)]
    [InlineData("urls=http://127.0.0.1:5001|http_ports=8081", "127.0.0.1", 5001)]
    [InlineData("urls=http://127.0.0.1:5001|Kestrel:Endpoints:A:Url=https://10.0.0.1:8443", "10.0.0.1", 8443)]
    public void First_IsTheAddressThatKestrelTakes(string settings, string host, int port)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split('|', StringSplitOptions.RemoveEmptyEntries)
                .Select(setting => setting.Split('=', 2))
                .Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();

        Assert.Equal((host, port), ListenAddress.First(configuration));
    }
}
