namespace EdgeProxy.Configuration;

/// <summary>A part of the house that has rules of its own on the configuration.</summary>
internal interface IConfigurationRule
{
    /// <summary>Adds what is wrong to the list of problems.</summary>
    void Check(IConfiguration configuration, ProblemList problems);

    /// <summary>The files beside the configuration's own that it leads to, such as certificates: a change of one is a change of the configuration. They need not exist.</summary>
    IEnumerable<string> FilesBeside(IConfiguration configuration) => [];

    /// <summary>A changed configuration was found valid and is about to be put in place. What is thrown here refuses it.</summary>
    void Prepare(IConfiguration configuration)
    {
    }
}
