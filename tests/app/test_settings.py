import pytest

from app.settings import SettingError, Settings


def test_reads_a_value_of_each_kind():
    settings = Settings.from_environment(
        {"DIGITS_MODELS_DIR": "/srv", "DIGITS_DEVICE": "cpu", "DIGITS_THREADS": "3", "HOME": "/"}
    )
    assert (str(settings.models_dir), settings.device, settings.threads) == ("/srv", "cpu", 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIGITS_THREDS", "3"),
        ("DIGITS_THREADS", "three"),
        ("DIGITS_THREADS", "0"),
        ("DIGITS_DEVICE", "gpu"),
        ("DIGITS_MODEL", ""),
    ],
)
def test_refuses_what_cannot_be_and_names_it(name, value):
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


def test_leaves_the_training_data_folder_to_training():
    assert Settings.from_environment({"DIGITS_DATA_DIR": "/mnist"}) == Settings()
