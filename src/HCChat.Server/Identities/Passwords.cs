using System.Text;
using Geralt;

namespace HCChat.Server.Identities;

/// <summary>Passwords of rooms and accounts: Argon2id, a few at a time, so that guessing costs the server no more than it can give. Where too many wait already there is a <see cref="TimeoutException"/>.</summary>
internal sealed class Passwords : IDisposable
{
    // OWASP's lowest recommendation: 19 MiB, two passes.
    private const int Passes = 2;
    private const int Memory = 19 * 1024 * 1024;
    private const int AtOnce = 2;

    /// <summary>How many may wait for their turn: some seconds' worth.</summary>
    private const int MaxWaiting = 64;

    private readonly SemaphoreSlim _turns = new(AtOnce);
    private int _waiting;
    private readonly Lazy<string> _other = new(() => Compute("nobody's"));

    /// <summary>The hash to keep.</summary>
    public Task<string> HashAsync(string password) => InTurnAsync(() => Compute(password));

    /// <summary>Whether that is the password. Takes as long when there is none.</summary>
    /// <param name="password">What somebody said.</param>
    /// <param name="hash">What is kept, or empty.</param>
    public Task<bool> VerifyAsync(string password, string hash) =>
        InTurnAsync(() =>
            Argon2id.VerifyHash(hash.Length > 0 ? hash : _other.Value, Encoding.UTF8.GetBytes(password))
            && hash.Length > 0
        );

    public void Dispose() => _turns.Dispose();

    private static string Compute(string password)
    {
        Span<char> hash = stackalloc char[Argon2id.HashSize];
        Argon2id.ComputeHash(hash, Encoding.UTF8.GetBytes(password), Passes, Memory);
        return hash.ToString().TrimEnd('\0');
    }

    private async Task<T> InTurnAsync<T>(Func<T> work)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new TimeoutException("too many passwords at a time");
        }
        try
        {
            await _turns.WaitAsync();
            try
            {
                return await Task.Run(work);
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
