using EdgeProxy.Bench.Measure;

namespace EdgeProxy.Bench.Proxies;

/// <summary>nginx as its users are told to set it up for event streams: no buffering, HTTP/1.1 and kept connections to the backend.</summary>
internal sealed class NginxProxy : IProxyUnderTest
{
    public string Name => ProxyCatalog.Nginx;

    public Availability Find() => Installed.Version("nginx", "-v");

    public async Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken)
    {
        var address = RunningProxy.FreeAddress();
        var descriptors = ProcessLimits.Descriptors;
        // A stream takes two of a worker's connections. With less than a sixteenth of them free, nginx closes clients whose request it has
        // not read yet: it gets more than it can have descriptors for.
        var configuration = $$"""
            daemon off;
            worker_processes {{place.Cpus.Count}};
            worker_rlimit_nofile {{descriptors}};
            pid {{place.Folder}}/nginx.pid;
            error_log {{place.Folder}}/error.log warn;
            events { worker_connections {{descriptors + (descriptors / 8)}}; }
            http {
                access_log off;
                client_body_temp_path {{place.Folder}}/body;
                proxy_temp_path {{place.Folder}}/proxy;
                fastcgi_temp_path {{place.Folder}}/fastcgi;
                uwsgi_temp_path {{place.Folder}}/uwsgi;
                scgi_temp_path {{place.Folder}}/scgi;
                tcp_nodelay on;
                keepalive_timeout 1h;
                keepalive_requests 100000000;
                upstream backend {
                    server {{place.Backend}};
                    keepalive 256;
                    keepalive_requests 100000000;
                    keepalive_timeout 1h;
                }
                server {
                    listen {{address}} backlog=4096;
                    location / {
                        proxy_pass http://backend;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_buffering off;
                        proxy_read_timeout 1h;
                        proxy_send_timeout 1h;
                    }
                }
            }
            """;
        var file = Path.Combine(place.Folder, "nginx.conf");
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        var process = PinnedProcess.Start(place.Cpus, "nginx", ["-e", Path.Combine(place.Folder, "error.log"), "-p", place.Folder, "-c", file], place.Folder);
        return await RunningProxy.WhenListeningAsync(process, address, cancellationToken);
    }
}
