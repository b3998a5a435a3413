using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HCChat.Client;

/// <summary>
/// A login with an account, in a file that only its user may read (mode 0600). It goes on for 30 days since it was last used. What it goes on by is good once; several processes
/// that share the file take turns, so that none shows what another has used, which would end the login.
/// </summary>
public sealed class AccountLogin
{
    /// <summary>An access token that is good for less time than this is not used any more.</summary>
    private static readonly TimeSpan s_reserve = TimeSpan.FromMinutes(1);

    /// <summary>Longer than one process may need.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private const int SecretSize = 32;

    private readonly string _file;
    private readonly TimeProvider _time;
    private Kept _kept;
    private string? _distrusted; // an access token

    private AccountLogin(string file, Kept kept, TimeProvider? time) =>
        (_file, _kept, _time) = (file, kept, time ?? TimeProvider.System);

    private sealed record Kept(
        Uri Server,
        string Name,
        string Identity,
        string RefreshToken,
        string AccessToken,
        DateTimeOffset Until,
        string? Next = null
    );

    /// <summary>The server's page.</summary>
    public Uri Server => _kept.Server;

    /// <summary>The account's name.</summary>
    public string Name => _kept.Name;

    /// <summary>The account as rooms know it, <c>account:</c> and an id.</summary>
    public string Identity => _kept.Identity;

    /// <summary>Logs in, and keeps the login in a file, in the place of another that may be there.</summary>
    /// <param name="server">The server's page or its WebSocket.</param>
    /// <param name="password">It is sent to the server and kept nowhere.</param>
    /// <exception cref="LoginRefusedException">The server does not let us in: <c>bad_login</c>, <c>forbidden</c> where nobody logs in by password, too many tries.</exception>
    /// <exception cref="ConnectFailedException">The server cannot be reached.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static Task<AccountLogin> LogInAsync(
        Uri server,
        string name,
        string password,
        string file,
        TimeProvider? time = null,
        CancellationToken stop = default
    ) => BeginAsync(server, "login", new JsonObject { ["name"] = name, ["password"] = password }, file, time, stop);

    /// <summary>Makes an account by an invitation, and logs in.</summary>
    /// <inheritdoc cref="LogInAsync"/>
    public static Task<AccountLogin> RegisterAsync(
        Uri server,
        string invitation,
        string name,
        string password,
        string file,
        TimeProvider? time = null,
        CancellationToken stop = default
    ) =>
        BeginAsync(
            server,
            "register",
            new JsonObject
            {
                ["invite"] = invitation,
                ["name"] = name,
                ["password"] = password,
            },
            file,
            time,
            stop
        );

    /// <summary>A name for the file of a login at a server, where there are several; it does not tell which server it is.</summary>
    public static string FileNameOf(Uri server) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(AccountServer.PageOf(server).AbsoluteUri)))[
            ..32
        ];

    /// <summary>The login that is kept in a file; null when there is none.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static AccountLogin? Open(string file, TimeProvider? time = null) =>
        Read(file) is { } kept ? new AccountLogin(file, kept, time) : null;

    /// <summary>What shows the server for some minutes who we are.</summary>
    /// <exception cref="LoginRefusedException">The login is over: somebody has to log in again.</exception>
    /// <exception cref="ConnectFailedException">The server cannot be reached.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public async Task<string> AccessTokenAsync(CancellationToken stop = default)
    {
        if (IsGood(_kept))
        {
            return _kept.AccessToken;
        }
        using var turn = await TakeTurnAsync(stop).ConfigureAwait(false);
        // Nobody becomes somebody else under way.
        _kept =
            Read(_file) is { } kept && kept.Server == Server && kept.Identity == Identity
                ? kept
                : throw new LoginRefusedException(Refusal.LoginOver);
        if (!IsGood(_kept))
        {
            // What is to come next is kept before it is asked for: whoever loses the answer asks again for the same.
            var next = _kept.Next ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
            Write(_file, _kept with { Next = next });
            var body = new JsonObject { ["refreshToken"] = _kept.RefreshToken, ["next"] = next };
            var answer = await AccountServer.PostAsync(_kept.Server, "refresh", body, stop).ConfigureAwait(false);
            _kept = Of(_kept.Server, answer);
            try
            {
                Write(_file, _kept);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What is in the file leads to the same token once more.
            }
        }
        return _kept.AccessToken;
    }

    /// <summary>Ends the login: the server forgets it, and the file goes, whatever the server says.</summary>
    /// <exception cref="ConnectFailedException">The server could not be told.</exception>
    public async Task LogOutAsync(CancellationToken stop = default)
    {
        using var turn = await TakeTurnAsync(stop).ConfigureAwait(false);
        var kept = Read(_file) ?? _kept;
        File.Delete(_file);
        await AccountServer
            .PostAsync(kept.Server, "logout", new JsonObject { ["refreshToken"] = kept.RefreshToken }, stop)
            .ConfigureAwait(false);
    }

    /// <summary>The name and the server; no secret.</summary>
    public override string ToString() => $"{Name} at {Server}";

    /// <summary>The server does not take that access token, although it should be good: the next one is a new one.</summary>
    internal void Distrust(string accessToken) => _distrusted = accessToken;

    private static async Task<AccountLogin> BeginAsync(
        Uri server,
        string call,
        JsonObject body,
        string file,
        TimeProvider? time,
        CancellationToken stop
    )
    {
        var page = AccountServer.PageOf(server);
        var login = new AccountLogin(file, new Kept(page, "", "", "", "", default), time);
        PrivateFile.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using var turn = await login.TakeTurnAsync(stop).ConfigureAwait(false);
        login._kept = login.Of(page, await AccountServer.PostAsync(page, call, body, stop).ConfigureAwait(false));
        Write(file, login._kept);
        return login;
    }

    private Kept Of(Uri server, JsonObject answer) =>
        new(
            server,
            (string?)answer["name"] ?? "",
            (string?)answer["identity"] ?? "",
            (string?)answer["refreshToken"] ?? "",
            (string?)answer["accessToken"] ?? "",
            _time.GetUtcNow() + TimeSpan.FromSeconds((double?)answer["expiresSeconds"] ?? 0)
        );

    private bool IsGood(Kept kept) => kept.AccessToken != _distrusted && kept.Until > _time.GetUtcNow() + s_reserve;

    // One process at a time. The system lets go when the process ends, however it ends.
    private async Task<FileStream> TakeTurnAsync(CancellationToken stop)
    {
        for (var waited = TimeSpan.Zero; ; waited += s_pause)
        {
            try
            {
                return PrivateFile.Open(_file + ".lock", FileMode.OpenOrCreate, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
            {
                if (waited > s_patience)
                {
                    throw new ConnectFailedException(Server, new TimeoutException("no answer", e));
                }
                await Task.Delay(s_pause, stop).ConfigureAwait(false);
            }
        }
    }

    private static void Write(string file, Kept kept) =>
        PrivateFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(kept), replace: true);

    private static Kept? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }
        try
        {
            return
                JsonSerializer.Deserialize<Kept>(File.ReadAllBytes(file))
                    is { Server: not null, RefreshToken: not null, AccessToken: not null } kept
                ? kept
                : throw new InvalidDataException($"{file} is damaged.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file} is damaged.", e);
        }
    }
}
