namespace Pictify.Http;

/// <summary>The environment that a connection acts on, from its key's prefix.</summary>
public enum PictifyEnvironment : long
{
    /// <summary>A key that starts with <c>pk_live_</c>. Unknown prefixes are treated as live too.</summary>
    Live,

    /// <summary>A key that starts with <c>pk_test_</c>.</summary>
    Test,

    /// <summary>The module's own in-memory Pictify: no key, no network.</summary>
    Sandbox,
}
