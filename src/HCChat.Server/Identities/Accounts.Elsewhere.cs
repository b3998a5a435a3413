using System.Globalization;
using System.Security.Cryptography;
using HCChat.Server.Database;

namespace HCChat.Server.Identities;

/// <summary>Accounts of people who log in elsewhere. An account belongs to a subject of an issuer, never to a name: names are given anew, and subjects are not.</summary>
internal sealed partial class Accounts
{
    /// <summary>Longest subject that is taken (OpenID Connect Core §2), and longest issuer.</summary>
    private const int MaxSubject = 255;

    // After so many people of one name the next get a number that is random.
    private const int Counted = 9;

    /// <summary>The account of somebody who has logged in elsewhere; made at the first time, if that is wanted.</summary>
    /// <param name="issuer">Who vouches for them.</param>
    /// <param name="subject">Their name there, which never changes.</param>
    /// <param name="called">How they like to be called, or null.</param>
    /// <param name="mayCreate">Whether an account is made for somebody new.</param>
    /// <returns>Null when they have no account or it is disabled.</returns>
    public async Task<Account?> LogInElsewhereAsync(string issuer, string subject, string? called, bool mayCreate)
    {
        if (issuer.Length is 0 or > MaxSubject || subject.Length is 0 or > MaxSubject)
        {
            return null;
        }
        string? id = null;
        await writer.RunAsync(batch =>
        {
            id = batch
                .Reading.Query(
                    "SELECT account FROM account_logins WHERE issuer = @1 AND subject = @2",
                    row => row.GetString(0),
                    StoredText.Of(issuer),
                    StoredText.Of(subject)
                )
                .SingleOrDefault();
            if (id is null && mayCreate)
            {
                id = NewId();
                Insert(batch, new Account(id, FreeName(batch, Cleaned(called)), false, false, Now), hash: "");
                batch.Changing.Execute(
                    "INSERT INTO account_logins (issuer, subject, account) VALUES (@1, @2, @3)",
                    StoredText.Of(issuer),
                    StoredText.Of(subject),
                    id
                );
            }
        });
        return id is null ? null : Find(id);
    }

    // Of an address only what stands before the @.
    private static string Cleaned(string? called)
    {
        var name = new string([.. (called ?? "").Split('@')[0].Where(c => IsName(c.ToString()))]);
        return name.Length == 0 ? "user" : name[..Math.Min(name.Length, MaxName)];
    }

    private static string FreeName(Batch batch, string name)
    {
        var free = name;
        for (var n = 2; IsTaken(batch, free); n++)
        {
            var number = n <= Counted ? n : RandomNumberGenerator.GetInt32(100_000, 1_000_000);
            var suffix = number.ToString(CultureInfo.InvariantCulture);
            free = name[..Math.Min(name.Length, MaxName - suffix.Length)] + suffix;
        }
        return free;
    }
}
