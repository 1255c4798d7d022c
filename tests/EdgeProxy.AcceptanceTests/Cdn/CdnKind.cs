using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Cdn;

/// <summary>A program that stands in for a CDN: a shared cache or load balancer that gives up on a silent origin.</summary>
internal sealed record CdnKind(string Program, string ConfigFile, Func<string, int, Uri, string> Config, Func<string, int, string[]> Arguments)
{
    /// <summary>nginx; its <c>proxy_read_timeout</c> counts between two reads, the first included.</summary>
    public static readonly CdnKind Nginx = new(
        "nginx",
        "nginx.conf",
        static (folder, port, origin) => $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log stderr;
            events {}
            http {
              access_log off;
              client_body_temp_path {{folder}}/client;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass {{origin.GetLeftPart(UriPartial.Authority)}};
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_read_timeout 2s;
                }
              }
            }
            """,
        static (folder, _) => ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", "stderr"]);

    /// <summary>HAProxy; its <c>timeout server</c> counts any silence of the origin.</summary>
    public static readonly CdnKind Haproxy = new(
        "haproxy",
        "haproxy.cfg",
        static (_, port, origin) => $"""
            global
              maxconn 100
            defaults
              mode http
              timeout connect 2s
              timeout client 60s
              timeout server 2s
            frontend edge
              bind 127.0.0.1:{port}
              default_backend origin
            backend origin
              server origin {origin.Authority}

            """,
        static (folder, _) => ["-db", "-f", Path.Combine(folder, "haproxy.cfg")]);

    /// <summary>Varnish, the engine that Fastly grew from, with Fastly's two timeouts.</summary>
    public static readonly CdnKind Varnish = new(
        "varnishd",
        "edge.vcl",
        static (_, _, origin) => $$"""
            vcl 4.1;
            backend origin {
              .host = "{{origin.Host}}";
              .port = "{{origin.Port}}";
              .first_byte_timeout = 2s;
              .between_bytes_timeout = 2s;
            }
            sub vcl_recv {
              return (pass);
            }
            sub vcl_backend_response {
              set beresp.do_stream = true;
            }
            """,
        static (folder, port) =>
        [
            "-F", "-j", "none", "-n", Path.Combine(folder, "work"), "-s", "malloc,16m",
            "-a", $"127.0.0.1:{port}", "-f", Path.Combine(folder, "edge.vcl"),
        ]);

    /// <summary>nginx as <c>deploy/nginx.conf</c> has it, in a frame that needs no folder of the system's.</summary>
    public static readonly CdnKind DeployedNginx = Nginx with
    {
        Config = static (folder, port, origin) => $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log stderr;
            events {}
            http {
              access_log off;
              gzip on;
              gzip_types *;
              client_body_temp_path {{folder}}/client;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              {{Deployed("nginx.conf", ("listen 80;", $"listen 127.0.0.1:{port};"), ("server 127.0.0.1:8080;", $"server {origin.Authority};"))}}
            }
            """,
    };

    /// <summary>HAProxy as <c>deploy/haproxy.cfg</c> has it.</summary>
    public static readonly CdnKind DeployedHaproxy = Haproxy with
    {
        Config = static (_, port, origin) =>
            Deployed("haproxy.cfg", ("bind :80\n", $"bind 127.0.0.1:{port}\n"), ("edgeproxy1 127.0.0.1:8080", $"edgeproxy1 {origin.Authority}")),
    };

    /// <summary>Varnish as <c>deploy/varnish.vcl</c> has it.</summary>
    public static readonly CdnKind DeployedVarnish = Varnish with
    {
        Config = static (_, _, origin) => Deployed("varnish.vcl", (".port = \"8080\"", $".port = \"{origin.Port}\"")),
    };

    /// <summary>A file of <c>deploy/</c> with other addresses in it.</summary>
    private static string Deployed(string file, params (string Old, string New)[] addresses)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "deploy", file));
        foreach (var (old, replacement) in addresses)
        {
            Assert.Equal(2, text.Split(old).Length);
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return text;
    }
}
