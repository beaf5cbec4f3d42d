"""Japanese: everything that is said to people is in the catalogue, and pages say it from there."""

import re
import shutil
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from rooms.files.uploading import upload
from rooms.live import Refusal
from rooms.models import Room, User, Workspace
from rooms.tests.conftest import PASSWORD, SignIn
from rooms.tests.files.pictures import picture

CATALOGUE = Path("rooms/locale/ja/LC_MESSAGES/django.po")
NAMES = {"Rooms", "JavaScript", "Cookie", "CPU", "KB", "MB", "room", "here", "Atom", "UTC", "UnifiedPush", "ntfy"}
WORD = re.compile("[A-Za-z]{2,}")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
ENGLISH_BROWSER = {"Accept-Language": "en"}
JAPANESE_BROWSER = {"Accept-Language": "ja,en;q=0.5"}


def run(*command: str, folder: Path) -> str:
    """Run a command in a folder; return what it prints. Needs gettext's tools, and says so."""
    for tool in ("xgettext", "msgmerge", "msgfmt", "msgattrib"):
        assert shutil.which(tool), f"{tool} is missing: install gettext (apt install gettext, brew install gettext)"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def read(catalogue: Path) -> dict[str | tuple[str, int], str]:
    """What a compiled catalogue translates: texts, or pairs of a text and the number of its plural form."""
    with catalogue.open("rb") as file:
        return GNUTranslations(file)._catalog  # type: ignore[attr-defined]


@pytest.fixture
def source(repository: Path) -> Path:
    return repository / CATALOGUE


@pytest.fixture
def compiled(source: Path) -> dict[str | tuple[str, int], str]:
    return read(source.with_suffix(".mo"))


@pytest.fixture
def extracted(repository: Path, tmp_path: Path) -> Path:
    """The catalogue as `make messages` would leave it. In a copy: makemessages writes beside what it reads."""
    without = shutil.ignore_patterns("tests", "__pycache__")
    for name in ("project", "rooms", "templates"):
        shutil.copytree(repository / name, tmp_path / name, ignore=without)
    shutil.copy(repository / "manage.py", tmp_path)
    run(sys.executable, "manage.py", "makemessages", "-l", "ja", "-e", "html,py,txt", folder=tmp_path)
    return tmp_path / CATALOGUE


@pytest.mark.parametrize("what", ["--untranslated", "--only-fuzzy"])
def test_every_text_is_translated(extracted: Path, what: str) -> None:
    missing = run("msgattrib", what, "--no-obsolete", "--no-location", str(extracted), folder=extracted.parent)

    assert missing == "", f"`make messages`, translate this in {CATALOGUE}, `make messages`:\n{missing}"


def test_the_catalogue_is_compiled(source: Path, compiled: object, tmp_path: Path) -> None:
    run("msgfmt", "--check-format", "-o", str(tmp_path / "django.mo"), str(source), folder=tmp_path)

    assert compiled == read(tmp_path / "django.mo"), f"{CATALOGUE} was changed and not compiled: `make messages`"


def test_what_is_filled_in_is_the_same(compiled: dict[str | tuple[str, int], str]) -> None:
    for key, text in compiled.items():
        original = key if isinstance(key, str) else key[0]
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(original)), original


def test_japanese_has_one_plural_form(compiled: dict[str | tuple[str, int], str]) -> None:
    assert "plural-forms: nplurals=1; plural=0;" in compiled[""].lower()


# What pages say

Pages = dict[str, str]

KNOWN = {
    "set-up": ["Roomsの初期設定", "チーム名", "アカウントを作成", "アジア"],
    "sign-in": ["サインイン", "メールアドレス", "Gardenへおかえりなさい。"],
    "sign-in refused": ["メールアドレスまたはパスワードが違います。"],
    "join": ["Gardenに参加", "参加する"],
    "join refused": [
        "有効なメールアドレスを入力してください。",
        "このパスワードは短すぎます。",
        "このフィールドは必須です。",
    ],
    "old link": ["このリンクは使えなくなりました"],
    "nothing there": ["このドアの先には何もありません"],
    "rooms": ["ようこそ", "ルーム", "新しいルーム", "未読メッセージ1件"],
    "new room": ["ルームを作成", "選んだ人だけ"],
    "room": ["メッセージを入力", "送信", "（編集済み）", "メッセージは削除されました"],
    "direct": ["Bob Okafor、Charlie"],
    "notes": ["Alice Moreau（自分）"],
    "settings": ["ルームの設定", "トピック", "退出する"],
    "leaving": ["このルームから退出"],
    "directs": ["会話を始める"],
    "profile": ["プロフィール", "タイムゾーン"],
    "password": ["パスワードを変更"],
    "people": ["メンバー", "参加リンク", "全員への呼びかけ", "管理者", "利用停止"],
    "operations": ["稼働状況", "過去1時間", "イベントループの遅れ"],
    "editing": ["メッセージを編集"],
    "erasure": ["このメッセージを全員の画面から削除しますか？"],
    "search": ["最近の検索", "絞り込みの書き方", "メッセージを検索"],
    "search that finds": ["1件のメッセージ", "の日付へ移動"],
    "search that finds nothing": ["参加しているルームには見つかりませんでした。"],
    "search that is not understood": ["という人はいません。"],
    "no such day": ["日付ではありません"],
    "room with files": ["計画.pdf", "ファイルを添付"],
    "menu": ["引用", "ピン留めを外す", "ブックマークを外す", "ここから未読にする", "以前の文面"],
    "menu of what is gone": ["削除した人"],
    "quote": ["返信", "&gt; おはようございます"],
    "wordings": ["以前の文面", "（現在の文面）"],
    "erasure record": ["削除した人", "本文は、以前の文面も含めて"],
    "readers": ["既読"],
    "reactions": ["リアクション"],
    "pins": ["ピン留め"],
    "bookmarks": ["ブックマーク"],
    "answer": ["/topic", "このルームのトピックを変更する"],
    "not posted": ["メッセージを入力してください。"],
    "old form": ["ページの有効期限が切れました"],
}


@pytest.fixture
def pages(transactional_db: None, client: Client, sign_in: SignIn) -> Pages:
    """The pages of KNOWN, in Japanese, in order: first nobody is there, then people talk."""
    stranger = {"headers": JAPANESE_BROWSER}
    html = {"set-up": client.get("/setup/", **stranger)}
    alice = Workspace.set_up(
        team="Garden", room="Lobby", email="alice@example.org", name="Alice Moreau", password=PASSWORD, language="ja"
    )
    bob, charlie = (
        User.objects.sign_up(email=f"{name.split()[0].lower()}@example.org", name=name, password=PASSWORD)
        for name in ("Bob Okafor", "Charlie")
    )
    join = reverse("join", args=[Workspace.objects.get().join_code])
    html |= {
        "sign-in": client.get("/accounts/sign-in/", **stranger),
        "sign-in refused": client.post(
            "/accounts/sign-in/", {"email": "bob@example.org", "password": "guess"}, **stranger
        ),
        "join": client.get(join, **stranger),
        "join refused": client.post(join, {"email": "nowhere", "password": "short"}, **stranger),
        "old link": client.get("/join/old/", **stranger),
        "nothing there": client.get("/nowhere/", **stranger),
    }
    den = Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=alice, people=[bob])
    first = den.post(alice, "おはよう", "k-1")
    first.edit("おはようございます")
    gone = den.post(bob, "こんばんは", "k-2")
    gone.erase(by=bob)
    browser, path = sign_in(alice), den.get_absolute_url()
    directs = [Room.objects.direct_between(people) for people in ([alice, bob, charlie], [alice])]
    Room.objects.get(name="Lobby").post(bob, "ようこそ", "k-3")
    files = [
        upload(alice, directs[0], "page-1", SimpleUploadedFile(name, content))
        for name, content in (("計画.pdf", b"%PDF-1.7 "), ("写真.png", picture()), ("曲.mp3", b"ID3 " * 20))
    ]
    directs[0].post(alice, "", "k-5", attachments=[file.pk for file in files])
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    for act in ("pinning", "bookmarking"):
        browser.post(f"/messages/{first.pk}/{act}/")
    partly = {"headers": {"HX-Request": "true"}}
    html |= {
        "rooms": browser.get("/rooms/"),
        "new room": browser.get("/rooms/new/"),
        "room": browser.get(path),
        "direct": browser.get(directs[0].get_absolute_url()),
        "notes": browser.get(directs[1].get_absolute_url()),
        "settings": browser.get(f"{path}settings/"),
        "leaving": browser.get(f"{path}leaving/"),
        "directs": browser.get("/directs/"),
        "profile": browser.get("/accounts/profile/"),
        "password": browser.get("/accounts/password/"),
        "people": browser.get("/people/"),
        "operations": browser.get("/operations/"),
        "editing": browser.get(f"/messages/{first.pk}/editing/"),
        "erasure": browser.get(f"/messages/{first.pk}/erasure/"),
        "search that finds": browser.get("/search/?q=おはよう in:den"),
        "search that finds nothing": browser.get("/search/?q=さようなら"),
        "search that is not understood": browser.get("/search/?q=from:花子 after:昔"),
        "search": browser.get("/search/"),
        "no such day": browser.get(f"{path}?on=昔", follow=True),
        "room with files": browser.get(directs[0].get_absolute_url()),
        "menu": browser.get(f"/messages/{first.pk}/menu/", **partly),
        "menu of what is gone": browser.get(f"/messages/{gone.pk}/menu/", **partly),
        "quote": browser.post(f"/messages/{first.pk}/quote/", {"key": "k-5", "body": ""}, **partly),
        "wordings": browser.get(f"/messages/{first.pk}/wordings/"),
        "erasure record": browser.get(f"/messages/{gone.pk}/erasure/record/"),
        "readers": browser.get(f"/messages/{first.pk}/readers/"),
        "reactions": browser.get(f"/messages/{first.pk}/reactions/"),
        "pins": browser.get(f"{path}pins/"),
        "bookmarks": browser.get("/bookmarks/"),
        "answer": browser.post(f"{path}messages/", {"body": "/help", "key": "k-6"}, **partly),
        "not posted": browser.post(f"{path}messages/", {"body": " ", "key": "k-4"}),
        "old form": strict.post("/rooms/", {"body": "書きかけ"}),
    }
    return {name: response.content.decode() for name, response in html.items()}


def read_aloud(html: str) -> str:
    """What somebody reads on a page or has read to them, less what is not ours: names, cities, searches, commands."""
    document = BeautifulSoup(html, "html.parser")
    for theirs in document.select("option, script, code, kbd, .row__note, .recent__list, .answer__commands b"):
        theirs.decompose()
    attributes = ("alt", "aria-label", "hx-confirm", "placeholder", "title")
    said = [document.get_text(" "), *(str(tag[name]) for name in attributes for tag in document.select(f"[{name}]"))]
    names = "Alice Moreau|Bob Okafor|Charlie|Garden|Lobby|Den|nowhere|計画.pdf|写真.png|曲.mp3"
    return re.sub(names, "", " ".join(said))


def test_pages_say_it_in_japanese(pages: Pages) -> None:
    assert pages.keys() == KNOWN.keys()
    for page, texts in KNOWN.items():
        for text in texts:
            assert text in pages[page], page


def test_pages_say_nothing_in_english(pages: Pages, compiled: dict[str | tuple[str, int], str]) -> None:
    """Neither a sentence that the catalogue knows nor a word that is in none."""
    originals = {key if isinstance(key, str) else key[0] for key in compiled if key}
    sentences = [text for text in originals if len(WORD.findall(text)) >= 3]
    assert len(sentences) > 50
    patterns = [re.compile(".+?".join(map(re.escape, PLACEHOLDER.split(sentence)))) for sentence in sentences]

    for page, html in pages.items():
        assert [pattern.pattern for pattern in patterns if pattern.search(html)] == [], page
        assert set(WORD.findall(read_aloud(html))) <= NAMES, page


@pytest.mark.parametrize(
    "template",
    [
        *("errors/400.html", "errors/403.html", "errors/429.html", "errors/500.html", "errors/503.html"),
        *("accounts/_signed_out.html", "live/not_posted.html", "live/reconnecting.html", "live/room_farewell.html"),
        "live/operations_farewell.html",
    ],
)
@pytest.mark.parametrize("context", [{}, {"retry_after": 3, "refusal": Refusal.SIGNED_OUT}])
def test_what_is_seldom_said_is_said_in_japanese(template: str, context: dict[str, object]) -> None:
    with translation.override("ja"):
        said = read_aloud(render_to_string(template, context))

    assert re.search("[ぁ-ん]", said)
    assert set(WORD.findall(said)) <= NAMES


def test_an_english_word_would_be_heard() -> None:
    assert WORD.findall(read_aloud('<button aria-label="Save">保存</button>')) == ["Save"]


def test_messages_tell_the_time_in_japanese(pages: Pages) -> None:
    assert re.search(r"<time [^>]+>\d\d:\d\d</time>", pages["room"])
    assert re.search(r'data-day="\d{4}年\d{1,2}月\d{1,2}日（[日月火水木金土]曜日）"', pages["room"])


# Whose language


def test_people_are_answered_in_the_language_they_chose(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    for language, headers in (("ja", ENGLISH_BROWSER), ("en", JAPANESE_BROWSER)):
        bob.introduce(name="Bob", language=language, time_zone="UTC")
        response = browser.get("/rooms/", headers=headers)
        assert f'<html lang="{language}"' in response.content.decode()
        assert response["Content-Language"] == language


@pytest.mark.parametrize(("headers", "language"), [(ENGLISH_BROWSER, "en"), (JAPANESE_BROWSER, "ja"), ({}, "en")])
def test_strangers_are_answered_in_the_language_of_their_browser(
    client: Client, alice: User, headers: dict[str, str], language: str
) -> None:
    response = client.get("/accounts/sign-in/", headers=headers)

    assert f'<html lang="{language}"' in response.content.decode()
    assert response["Content-Language"] == language


def test_whoever_joins_keeps_the_language_of_their_browser(client: Client, alice: User) -> None:
    form = {"name": "陽菜", "email": "hina@example.org", "password": PASSWORD, "time_zone": "Asia/Tokyo"}

    client.post(reverse("join", args=[Workspace.objects.get().join_code]), form, headers=JAPANESE_BROWSER)

    assert User.objects.get(email="hina@example.org").language == "ja"


def test_the_reconnecting_note_is_cached_by_language(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    notes = set()
    for language in ("en", "ja"):
        bob.introduce(name="Bob", language=language, time_zone="UTC")
        page = BeautifulSoup(browser.get(lobby.get_absolute_url()).content, "html.parser")
        notes.add(str(page.select_one(".live__status")["hx-get"]))

    assert len(notes) == 2
