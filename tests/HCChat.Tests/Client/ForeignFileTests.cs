using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.Tests.Crypto;

namespace HCChat.Tests.Client;

/// <summary>Files that other clients tell of in their own way, and names that mean no good.</summary>
public sealed class ForeignFileTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\Windows\\system32\\x.dll", "x.dll")]
    [InlineData(".bashrc", "bashrc")]
    [InlineData("...", "file")]
    [InlineData("..", "file")]
    [InlineData("a/", "file")]
    [InlineData("CON", "_CON")]
    [InlineData("con.txt", "_con.txt")]
    [InlineData("Lpt1 .txt", "_Lpt1 .txt")]
    [InlineData("com¹", "_com¹")]
    [InlineData("a:b*c?.txt", "a_b_c_.txt")]
    [InlineData("x.txt. . .", "x.txt")]
    [InlineData("a\u0000b\n\u001b[2J.txt", "ab[2J.txt")]
    [InlineData("\u202Egpj.exe", "gpj.exe")]
    [InlineData("a\u200Bb", "a_b")]
    [InlineData("报告 2026.pdf", "报告 2026.pdf")]
    public void A_name_of_others_harms_nobody(string name, string harmless) =>
        Assert.Equal(harmless, HarmlessName.Of(name));

    [Fact]
    public void A_long_name_keeps_its_ending_and_no_half_characters()
    {
        var name = HarmlessName.Of(string.Concat(Enumerable.Repeat("👋", 120)) + ".jpeg");
        Assert.EndsWith("👋.jpeg", name, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(name), 190, 200);
    }

    [Fact]
    public async Task The_bare_form_is_shown_and_judged_as_what_nobody_signed()
    {
        using var stage = new Stage();
        using var alice = SigningIdentity.Generate();
        using var cipher = stage.Member(alice);
        stage.Deliver(cipher.Seal("alice", new TextBody("mine")));
        stage.Tell(
            new
            {
                cmd = "chat",
                channel = Stage.Channel,
                nick = "alice",
                userid = 7,
                mid = "AAECAwQFBgcICQoLDA0ODw",
                time = 1,
                epoch = "e1",
                seq = 2,
                text = "",
                attachment = new
                {
                    objectKey = "o/AAAA/BBBB.bin",
                    mime = "image/png",
                    bytes = 16,
                    encryption = new { scheme = "aes-256-gcm", nonceB64 = Convert.ToBase64String(new byte[12]) },
                },
            }
        );
        var message = (await stage.HeardAsync()).OfType<MessageReceived>().Last().Message;
        var file = Assert.Single(message.Files);
        Assert.Equal(("BBBB", "file.png", "image/png", false), (file.Id, file.Name, file.Mime, message.Encrypted));
        Assert.True(message.Authorship!.IsDoubtful);
    }

    [Fact]
    public async Task What_stands_beside_an_envelope_is_not_believed()
    {
        using var stage = new Stage();
        using var cipher = stage.Member(null);
        var message = cipher.Seal("alice", new TextBody("words alone"));
        stage.Tell(
            new
            {
                cmd = "chat",
                channel = Stage.Channel,
                nick = "alice",
                userid = 7,
                mid = message.Content.Id,
                time = 1,
                epoch = "e1",
                seq = 1,
                text = message.Text,
                attachment = new
                {
                    objectKey = "o/AAAA/BBBB.bin",
                    encryption = new { scheme = "aes-256-gcm", nonceB64 = Convert.ToBase64String(new byte[12]) },
                },
            }
        );
        Assert.Empty((await stage.HeardAsync()).OfType<MessageReceived>().Single().Message.Files);
    }

    [Fact]
    public async Task Text_in_clear_stays_unprotected_whatever_comes_beside_it()
    {
        using var stage = new Stage();
        stage.Tell(
            new
            {
                cmd = "chat",
                channel = Stage.Channel,
                nick = "alice",
                userid = 7,
                mid = "AAECAwQFBgcICQoLDA0ODw",
                time = 1,
                epoch = "e1",
                seq = 1,
                text = "",
                attachment = new
                {
                    url = "http://localhost/x.jpg",
                    filename = "x.jpg",
                    kind = "image",
                },
            }
        );
        Assert.IsType<UnprotectedReceived>(Assert.Single(await stage.HeardAsync(), e => e is not RoomEntered));
    }

    [Fact]
    public async Task Files_of_the_app_are_read_in_its_rooms_from_our_server_alone()
    {
        await using var server = await RunningServer.StartAsync("--Limits:RateLimit=false", "--Auth:Open=true");
        var test = Vectors.Hcss.In("good").Last();
        var room = RoomAccess.HChat("lobby", test.Str("passphrase"));
        await using var ann = await Guest.JoinAsync(server, "ann", room);
        await using var app = await WireClient.JoinAsync(server, "lobby", "app");
        var stored = test.In("object")
            .SelectMany(i => Vectors.Hcss.GetProperty("pieces")[i.GetInt32()].GetBytesFromBase64());
        var url = await PutAsync(server, "rooms/lobby/2025-10-21T10-00-00Z/1-a.bin.hcss", [.. stored]);
        var clear = await PutAsync(server, "rooms/lobby/2025-10-21T10-00-00Z/2-b.txt", [1, 2, 3]);
        var folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
        try
        {
            var file = await ShowAsync(ann, app, url, "a.bin.hcss");
            var saved = await ann.Room.DownloadAsync(file, folder, stop: Stop);
            Assert.Equal(Path.Combine(folder, "a.bin"), saved);
            Assert.Equal(Vectors.Pattern(test.Int("size")), await File.ReadAllBytesAsync(saved, Stop));

            var plain = await ShowAsync(ann, app, clear, "b.txt");
            var damaged = await Assert.ThrowsAsync<FileDamagedException>(() =>
                ann.Room.DownloadAsync(plain, folder, stop: Stop)
            );
            Assert.Equal("E_PLAIN", damaged.Code);

            // The store has another name, as with Storage:PublicEndpoint: our server knows where it is, and that host is not asked.
            var named = await ShowAsync(
                ann,
                app,
                url.Replace(server.Url, "http://store.invalid", StringComparison.Ordinal),
                "c.bin.hcss"
            );
            var fetched = await ann.Room.DownloadAsync(named, folder, stop: Stop);
            Assert.Equal(await File.ReadAllBytesAsync(saved, Stop), await File.ReadAllBytesAsync(fetched, Stop));
            File.Delete(fetched);

            var elsewhere = await ShowAsync(ann, app, "http://localhost:1/rooms/lobby/x/y.hcss", "y.hcss");
            var refused = await Assert.ThrowsAsync<FileRefusedException>(() =>
                ann.Room.DownloadAsync(elsewhere, folder, stop: Stop)
            );
            Assert.Equal("elsewhere", refused.Code);
            Assert.Equal([saved], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<SharedFile> ShowAsync(Guest ann, WireClient app, string url, string filename)
    {
        await app.SendAsync(
            new JsonObject
            {
                ["cmd"] = "chat",
                ["channel"] = "lobby",
                ["text"] = "",
                ["mid"] = ContentJson.NewId(),
                ["attachment"] = new JsonObject
                {
                    ["id"] = "1",
                    ["kind"] = "file",
                    ["filename"] = filename,
                    ["url"] = url,
                },
            }.ToJsonString()
        );
        return Assert.Single((await ann.HearAsync()).Files);
    }

    private static async Task<string> PutAsync(RunningServer server, string key, byte[] data)
    {
        using var http = new HttpClient();
        var body = new JsonObject { ["objectKey"] = key, ["contentType"] = "application/hcss+binary" };
        using var presigned = await http.PostAsJsonAsync($"{server.Url}/api/attachments/presign", body, Stop);
        var answer = (await presigned.Content.ReadFromJsonAsync<JsonObject>(Stop))!;
        using var content = new ByteArrayContent(data);
        content.Headers.ContentType = new("application/hcss+binary");
        using var put = await http.PutAsync(new Uri((string)answer["putUrl"]!), content, Stop);
        put.EnsureSuccessStatusCode();
        return (string)answer["getUrl"]!;
    }
}
