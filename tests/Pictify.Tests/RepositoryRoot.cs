namespace Pictify.Tests;

/// <summary>The folder of the repository, for the tests that read its files. PictifyPS.Tests compiles this file too.</summary>
internal static class RepositoryRoot
{
    public static string Folder { get; } = Find();

    private static string Find()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PictifyPS.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
