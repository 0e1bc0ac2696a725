using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Pictify.Schedules;

/// <summary>A program's exit code and output.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs the schedulers' command-line programs.</summary>
internal interface ICommands
{
    /// <summary>Whether there is such a program on the path.</summary>
    bool Has(string program);

    /// <summary>Runs a program and waits for its end.</summary>
    /// <exception cref="ScheduleException">It does not start, or does not end.</exception>
    CommandResult Run(string program, string[] arguments, string? input = null);
}

/// <summary>Programs of this machine.</summary>
internal sealed class SystemCommands : ICommands
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public bool Has(string program) => Find(program) is not null;

    /// <inheritdoc/>
    public CommandResult Run(string program, string[] arguments, string? input = null)
    {
        var start = new ProcessStartInfo(Find(program) ?? program, string.Join(" ", arguments.Select(Quote)))
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            if (input is not null)
            {
                // As bytes: .NET Framework would begin with a byte order mark.
                byte[] bytes = new UTF8Encoding(false).GetBytes(input);
                process.StandardInput.BaseStream.Write(bytes, 0, bytes.Length);
            }

            process.StandardInput.Close();
            if (!process.WaitForExit((int)_timeout.TotalMilliseconds))
            {
                process.Kill();
                throw new ScheduleException(
                    ScheduleFailure.Refused,
                    $"'{program}' did not end within {_timeout.TotalSeconds} seconds."
                );
            }

            return new CommandResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            throw new ScheduleException(
                ScheduleFailure.Refused,
                $"'{program}' cannot be run: {exception.Message.TrimEnd('.')}.",
                exception
            );
        }
    }

    /// <summary>On Windows only in the system's folder, so that no other program of that name is run.</summary>
    private static string? Find(string program) =>
        Platform.IsWindows
            ? Existing(Path.Combine(Environment.SystemDirectory, program + ".exe"))
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split([':'], StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Existing(Path.Combine(folder, program)))
                .FirstOrDefault(static path => path is not null);

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    /// <summary>For both runtimes: .NET Framework has no list of arguments. The arguments used here have no quotation marks.</summary>
    private static string Quote(string text) => text.Length > 0 && !text.Contains(' ') ? text : $"\"{text}\"";
}
