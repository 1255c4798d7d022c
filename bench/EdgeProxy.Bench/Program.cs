using System.CommandLine;
using EdgeProxy.Bench.Commands;

var compare = CompareCommand.Create();
var root = new RootCommand("What EdgeProxy costs, measured against every proxy that people know. Without a command: compare, with its defaults.")
{
    compare,
    MicroCommand.Create(),
};
root.SetAction((_, cancellation) => compare.Parse([]).InvokeAsync(cancellationToken: cancellation));
return await root.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync();
