using System.Text;
using EdgeProxy.Detection;

namespace EdgeProxy.Tests.Detection;

public sealed class PartDispositionParserTests
{
    [Theory]
    [InlineData(" form-data; name=\"stream\"", "NamedField")]
    [InlineData(" form-data; name=stream", "NamedField")]
    [InlineData("form-data;name=stream;", "NamedField")]
    [InlineData("\tFORM-DATA ;\tNAME = \"stream\" ; x=\"y\" ", "NamedField")]
    [InlineData(" form-data; x=\"; name=no\"; name=\"stream\"", "NamedField")]
    [InlineData(" form-data; x=\"a\\\"; b\\\\\"; name=\"stream\"", "NamedField")]
    [InlineData(" form-data; name*=utf-8''other; name=\"stream\"", "NamedField")]
    [InlineData(" form-data", "Other")]
    [InlineData("", "Other")]
    [InlineData(" form-data; name=\"Stream\"", "Other")]
    [InlineData(" form-data; name=\"stream \"", "Other")]
    [InlineData(" form-data; name=\"stream[]\"", "Other")]
    [InlineData(" form-data; name=\"\"", "Other")]
    [InlineData(" form-data; name=", "Other")]
    [InlineData(" form-data; name*=utf-8''stream", "Other")]
    [InlineData(" attachment; name=\"stream\"", "Other")]
    [InlineData(" form-data; name=\"stream\"; filename=\"a.png\"", "Other")]
    [InlineData(" form-data; filename=a b.png; name=\"stream\"", "Other")]
    [InlineData(" form-data; name=\"stream\"; filename=\"\"", "Other")]
    [InlineData(" form-data; name=\"stream\"; FileName*=utf-8''%e2%82%ac", "Other")]
    [InlineData(" form-data; name=\"file\"; filename=\"; name=stream; x=\"", "Other")]
    [InlineData(" form-data; name=\"file\"; filename=\"\\\"; name=stream\"", "Other")]
    [InlineData(" form-data; name=\"file\"; filename=\"naïve€.png\"", "Other")]
    [InlineData(" form-data; name=\"stream", "Malformed")]
    [InlineData(" form-data; name=\"stream\\\"", "Malformed")]
    [InlineData(" form-data; name=\"stream\"x", "Malformed")]
    [InlineData(" form-data; name", "Malformed")]
    [InlineData(" form-data; name; x=y", "Malformed")]
    [InlineData(" form-data; name=\"stream\"; name=\"stream\"", "Malformed")]
    [InlineData(" form-data; name=\"stream\\", "Malformed")]
    public void Parse_Disposition_TellsTheNamedField(string value, string expected) =>
        Assert.Equal(expected, PartDispositionParser.Parse(Encoding.UTF8.GetBytes(value), "stream"u8).ToString());
}
