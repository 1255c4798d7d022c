# EdgeProxy behind Varnish 7 (or 6). What each line is for: docs/placing.md.
vcl 4.1;

backend edgeproxy {
    .host = "127.0.0.1";
    .port = "8080";

    # The wait for the head: over Primer.After, and long enough for answers that are no streams.
    .first_byte_timeout = 600s;

    # The longest silence inside an answer: over KeepAlive.Interval.
    .between_bytes_timeout = 60s;
}

sub vcl_recv {
    # Each answer is one caller's own. (Varnish passes POST by itself, GET only when it is told to.)
    return (pass);
}

sub vcl_backend_response {
    # Send on what comes as it comes. It is the default; a VCL that undoes it collects the whole stream first.
    set beresp.do_stream = true;
    set beresp.do_gzip = false;
}
