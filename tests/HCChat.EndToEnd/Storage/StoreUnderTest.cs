using Amazon.Runtime;
using Amazon.S3;
using HCChat.EndToEnd.Harness;
using HCChat.Server.Attachments;
using HCChat.Server.Hosting;
using HCChat.Storage;

namespace HCChat.EndToEnd.Storage;

/// <summary>A server process and the store that it uses, once for all cases of a class.</summary>
public abstract class StoreUnderTest : IAsyncLifetime
{
    /// <summary>A page that may use the store, as the operator has said.</summary>
    public const string Page = "https://page.example";

    /// <summary>The bucket.</summary>
    public const string Bucket = "hc-attachments";

    private const string Region = "us-east-1";

    /// <summary>The server.</summary>
    public ServerProcess Server { get; private set; } = null!;

    /// <summary>Where the store is.</summary>
    public abstract string Endpoint { get; }

    /// <summary>Whether it compares what comes with <c>x-amz-checksum-sha256</c>.</summary>
    public abstract bool ChecksHashes { get; }

    /// <summary>The store as the server uses it.</summary>
    internal ObjectStore Store { get; private set; } = null!;

    /// <summary>The store as any program uses it.</summary>
    internal AmazonS3Client Sdk { get; private set; } = null!;

    /// <summary>For addresses.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>The key of the store and its secret.</summary>
    public abstract (string Access, string Secret) Key { get; }

    public async ValueTask InitializeAsync()
    {
        var settings = await StartStoreAsync();
        Server = await ServerProcess.StartAsync([
            $"--Gateway:AllowedOrigins={Page}",
            $"--Storage:AccessKey={Key.Access}",
            $"--Storage:SecretKey={Key.Secret}",
            .. settings,
        ]);
        var options = new StorageOptions
        {
            Endpoint = Endpoint,
            AccessKey = Key.Access,
            SecretKey = Key.Secret,
        };
        Store = new ObjectStore(options, new StorageKey(Key.Access, Key.Secret), () => Endpoint);
        Sdk = new AmazonS3Client(
            new BasicAWSCredentials(Key.Access, Key.Secret),
            new AmazonS3Config
            {
                ServiceURL = Endpoint,
                ForcePathStyle = true,
                AuthenticationRegion = Region,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            }
        );
        await Wait.UntilAsync(IsSetUpAsync, "the server to set up its bucket", TimeSpan.FromMinutes(3));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Sdk?.Dispose();
        Store?.Dispose();
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
        await StopStoreAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts what there is beside the server.</summary>
    /// <returns>The server's settings.</returns>
    protected abstract Task<string[]> StartStoreAsync();

    /// <summary>Ends it.</summary>
    protected abstract Task StopStoreAsync();

    // The server does it in the background; its CORS rules come last.
    private async Task<bool> IsSetUpAsync()
    {
        using var ask = new HttpRequestMessage(HttpMethod.Options, new Uri($"{Endpoint}/{Bucket}/x"));
        ask.Headers.Add("Origin", Page);
        ask.Headers.Add("Access-Control-Request-Method", "PUT");
        using var answer = await Http.SendAsync(ask);
        return answer.Headers.Contains("Access-Control-Allow-Origin");
    }
}

/// <summary>The built-in store.</summary>
public sealed class BuiltInStore : StoreUnderTest
{
    public override string Endpoint => $"http://127.0.0.1:{Server.Port}";
    public override bool ChecksHashes => true;
    public override (string Access, string Secret) Key => ("tests", "a secret of the tests");

    protected override Task<string[]> StartStoreAsync() => Task.FromResult<string[]>([]);

    protected override Task StopStoreAsync() => Task.CompletedTask;
}

/// <summary>Ceph's.</summary>
public sealed class RadosGatewayStore : StoreUnderTest
{
    private RadosGateway? _gateway;

    public override string Endpoint => _gateway!.Url;

    // Version 16 does not know that header; it is in the signature all the same.
    public override bool ChecksHashes => false;
    public override (string Access, string Secret) Key => (RadosGateway.AccessKey, RadosGateway.SecretKey);

    protected override async Task<string[]> StartStoreAsync()
    {
        _gateway = await RadosGateway.StartAsync();
        return [$"--Storage:Endpoint={_gateway.Url}"];
    }

    protected override async Task StopStoreAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }
}
