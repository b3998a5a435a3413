using System.Buffers.Text;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using HCChat.Server.Database;

namespace HCChat.Server.Identities;

/// <summary>Accounts and the tokens by which a login goes on. What fails because the database does not answer throws <see cref="TimeoutException"/>.</summary>
internal sealed partial class Accounts(SqlDatabase database, Writer writer, Passwords passwords, TimeProvider time)
{
    /// <summary>Shortest password of an account, characters.</summary>
    public const int MinPassword = 8;

    /// <summary>Longest one.</summary>
    public const int MaxPassword = 200;

    /// <summary>Longest name, characters.</summary>
    public const int MaxName = 32;

    private const int SecretSize = 32;
    private const int IdSize = 12;

    private static readonly TimeSpan s_refreshLifetime = TimeSpan.FromDays(30);

    private const string Columns = "id, name, operator, disabled, created, password";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Told of an account that was disabled, or whose password was changed: what it has open ends.</summary>
    public event Action<string>? Ended;

    /// <summary>Told of a login that somebody has ended.</summary>
    public event Action<string>? LoggedOut;

    /// <summary>Whether a name may be an account's: 1–32 letters, digits, <c>_</c>, <c>.</c> and <c>-</c>.</summary>
    public static bool IsName(string? name) =>
        name is { Length: >= 1 and <= MaxName } && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>Whether that may be a refresh token of a client's choice: 32 bytes in base64url.</summary>
    public static bool IsRefreshToken(string text) =>
        text.Length == (SecretSize * 8 + 5) / 6 && Base64Url.IsValid(text, out var size) && size == SecretSize;

    /// <summary>Whether a password may be an account's.</summary>
    public static bool IsPassword(string? password) => password is { Length: >= MinPassword and <= MaxPassword };

    /// <summary>Makes an account.</summary>
    /// <returns>Null when the name is taken.</returns>
    public async Task<Account?> CreateAsync(string name, string password, bool isOperator)
    {
        var account = new Account(NewId(), name, isOperator, false, Now);
        return await AddAsync(account, await passwords.HashAsync(password), invite: null) ? account : null;
    }

    /// <summary>Makes an account by an invitation.</summary>
    /// <returns>Null when the invitation is not good or the name is taken.</returns>
    public async Task<Account?> RegisterAsync(string invite, string name, string password)
    {
        var account = new Account(NewId(), name, false, false, Now);
        return await AddAsync(account, await passwords.HashAsync(password), StoredSecret.Of(invite)) ? account : null;
    }

    /// <summary>An invitation to make an account.</summary>
    public async Task<string> InviteAsync(TimeSpan lifetime)
    {
        var invite = NewSecret();
        var expires = Now + (long)lifetime.TotalMilliseconds;
        await writer.RunAsync(batch =>
            batch.Changing.Execute(
                "INSERT INTO account_invites (hash, expires) VALUES (@1, @2)",
                StoredSecret.Of(invite),
                expires
            )
        );
        return invite;
    }

    /// <summary>Invitations to make an account that are still good, and what names each: the beginning of the hash that is kept of it.</summary>
    public IReadOnlyList<(string Id, long Expires)> Invites() =>
        database.Answering(d =>
        {
            using var connection = d.Connect();
            using var statements = new Statements(connection);
            return statements.Query(
                "SELECT substr(hash, 1, 12), expires FROM account_invites WHERE expires > @1 ORDER BY expires LIMIT 10000",
                row => (row.GetString(0), row.GetInt64(1)),
                Now
            );
        });

    /// <summary>Takes an invitation to make an account back.</summary>
    /// <param name="id">What names it.</param>
    /// <returns>False when there is none.</returns>
    public async Task<bool> RevokeInviteAsync(string id)
    {
        var isThere = false;
        await writer.RunAsync(batch =>
            isThere = batch.Changing.Execute("DELETE FROM account_invites WHERE substr(hash, 1, 12) = @1", id) > 0
        );
        return isThere;
    }

    /// <summary>The account of that name, if the password is right and it is not disabled. Takes as long when there is none.</summary>
    public async Task<Account?> LogInAsync(string name, string password)
    {
        var found = Read($"SELECT {Columns} FROM accounts WHERE fold = @1", Fold(name));
        var (account, hash) = found is [var one] ? one : (null, "");
        return await passwords.VerifyAsync(password, hash) && account is { IsDisabled: false } ? account : null;
    }

    /// <summary>The account, unless it is disabled or gone.</summary>
    public Account? Find(string id) =>
        Read($"SELECT {Columns} FROM accounts WHERE id = @1", id) is [var (account, _)] && !account.IsDisabled
            ? account
            : null;

    /// <summary>All accounts, by name.</summary>
    public IReadOnlyList<Account> All() =>
        [.. Read($"SELECT {Columns} FROM accounts ORDER BY fold LIMIT 10000").Select(a => a.Account)];

    /// <summary>Shuts an account out, or lets it in again.</summary>
    /// <returns>False when there is none of that name.</returns>
    public Task<bool> DisableAsync(string name, bool disabled) =>
        ChangeAsync(name, "UPDATE accounts SET disabled = @2 WHERE id = @1", disabled ? 1L : 0L);

    /// <summary>Makes an account an operator's, or one like any other. That is looked up at each act, so no login has to end.</summary>
    /// <returns>False when there is none of that name.</returns>
    public Task<bool> SetOperatorAsync(string name, bool isOperator) =>
        ChangeAsync(name, "UPDATE accounts SET operator = @2 WHERE id = @1", isOperator ? 1L : 0L, ends: false);

    /// <summary>Gives an account another password; every login ends.</summary>
    /// <returns>False when there is none of that name.</returns>
    public async Task<bool> SetPasswordAsync(string name, string password) =>
        await ChangeAsync(name, "UPDATE accounts SET password = @2 WHERE id = @1", await passwords.HashAsync(password));

    /// <summary>Whether an account is not disabled, and one of its logins goes on: it has not logged out, its password is the same, and nobody has used its tokens twice.</summary>
    public bool IsLoggedIn(string id, string login) =>
        Find(id) is not null
        && database.Answering(d =>
        {
            using var connection = d.Connect();
            using var statements = new Statements(connection);
            return statements
                    .Query("SELECT 1 FROM refreshes WHERE family = @1 AND account = @2 LIMIT 1", _ => true, login, id)
                    .Count > 0;
        });

    /// <summary>A login, with its first refresh token.</summary>
    public async Task<(string Token, string Login)> StartAsync(Account account)
    {
        var (token, login) = (NewSecret(), NewId());
        await writer.RunAsync(batch => Add(batch, StoredSecret.Of(token), login, account.Id));
        return (token, login);
    }

    /// <summary>Takes a refresh token and gives the next. One that was used before ends its family: somebody has stolen it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="chosen">What the next is to be, or null: whoever lost the answer may ask again for the same one until it is used.</param>
    /// <returns>Null when it is not good.</returns>
    public async Task<(Account Account, string Token, string Login)?> RefreshAsync(string token, string? chosen = null)
    {
        var next = chosen ?? NewSecret();
        string? owner = null;
        string? stolen = null;
        var login = "";
        await writer.RunAsync(batch =>
        {
            (owner, stolen) = (null, null);
            var found = batch.Reading.Query(
                "SELECT family, account, used FROM refreshes WHERE hash = @1 AND expires > @2",
                row => (Family: row.GetString(0), Account: row.GetString(1), Used: row.GetInt64(2) != 0),
                StoredSecret.Of(token),
                Now
            );
            if (found is not [var (family, account, used)])
            {
                return;
            }
            login = family;
            var known = batch.Reading.Query(
                "SELECT family, used FROM refreshes WHERE hash = @1",
                row => (Family: row.GetString(0), Used: row.GetInt64(1) != 0),
                StoredSecret.Of(next)
            );
            if (used && known is [(var same, false)] && same == family)
            {
                owner = account;
                return;
            }
            if (!used && known.Count > 0)
            {
                return; // not a new secret
            }
            if (used)
            {
                stolen = account;
                batch.Changing.Execute("DELETE FROM refreshes WHERE family = @1", family);
                return;
            }
            owner = account;
            batch.Changing.Execute("UPDATE refreshes SET used = 1 WHERE hash = @1", StoredSecret.Of(token));
            Add(batch, StoredSecret.Of(next), family, account);
        });
        if (stolen is not null)
        {
            Ended?.Invoke(stolen);
        }
        return owner is not null && Find(owner) is { } known ? (known, next, login) : null;
    }

    /// <summary>Ends the login that a refresh token belongs to.</summary>
    public async Task EndAsync(string token)
    {
        string? ended = null;
        await writer.RunAsync(batch =>
        {
            var found = batch.Reading.Query(
                "SELECT family FROM refreshes WHERE hash = @1",
                row => row.GetString(0),
                StoredSecret.Of(token)
            );
            ended = found is [var one] ? one : null;
            if (ended is not null)
            {
                batch.Changing.Execute("DELETE FROM refreshes WHERE family = @1", ended);
            }
        });
        if (ended is not null)
        {
            LoggedOut?.Invoke(ended);
        }
    }

    private async Task<bool> AddAsync(Account account, string hash, string? invite)
    {
        var added = false;
        await writer.RunAsync(batch =>
        {
            added =
                !IsTaken(batch, account.Name)
                && (
                    invite is null
                    || batch.Changing.Execute(
                        "DELETE FROM account_invites WHERE hash = @1 AND expires > @2",
                        invite,
                        Now
                    ) > 0
                );
            if (added)
            {
                Insert(batch, account, hash);
            }
        });
        return added;
    }

    private static bool IsTaken(Batch batch, string name) =>
        batch.Reading.Query("SELECT 1 FROM accounts WHERE fold = @1", _ => true, Fold(name)).Count > 0;

    private static void Insert(Batch batch, Account account, string hash) =>
        batch.Changing.Execute(
            """
            INSERT INTO accounts (id, name, fold, password, operator, disabled, created)
            VALUES (@1, @2, @3, @4, @5, 0, @6)
            """,
            account.Id,
            account.Name,
            Fold(account.Name),
            hash,
            account.IsOperator ? 1L : 0L,
            account.Created
        );

    private async Task<bool> ChangeAsync(string name, string sql, object value, bool ends = true)
    {
        string? id = null;
        await writer.RunAsync(batch =>
        {
            id = batch
                .Reading.Query("SELECT id FROM accounts WHERE fold = @1", row => row.GetString(0), Fold(name))
                .SingleOrDefault();
            if (id is not null)
            {
                batch.Changing.Execute(sql, id, value);
            }
            if (id is not null && ends)
            {
                batch.Changing.Execute("DELETE FROM refreshes WHERE account = @1", id);
            }
        });
        if (id is not null && ends)
        {
            Ended?.Invoke(id);
        }
        return id is not null;
    }

    private void Add(Batch batch, string hash, string family, string account) =>
        batch.Changing.Execute(
            "INSERT INTO refreshes (hash, family, account, used, expires) VALUES (@1, @2, @3, 0, @4)",
            hash,
            family,
            account,
            Now + (long)s_refreshLifetime.TotalMilliseconds
        );

    private List<(Account Account, string Password)> Read(string sql, params ReadOnlySpan<object?> values)
    {
        object?[] all = [.. values];
        return database.Answering(d =>
        {
            using var connection = d.Connect();
            using var statements = new Statements(connection);
            return statements.Query(sql, Row, all);
        });
    }

    private static (Account, string) Row(DbDataReader row) =>
        (
            new Account(
                row.GetString(0),
                row.GetString(1),
                row.GetInt64(2) != 0,
                row.GetInt64(3) != 0,
                row.GetInt64(4)
            ),
            row.GetString(5)
        );

    /// <summary>A name as it is compared.</summary>
    public static string Fold(string name) => name.Normalize(NormalizationForm.FormKC).ToUpperInvariant();

    private static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize));

    private static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
}
